package io.confab.command.conversation;

import static io.confab.command.conversation.Scenario.CHANNEL;
import static io.confab.command.conversation.Scenario.NOW;

import io.confab.events.ConversationCommand.AddReaction;
import io.confab.events.ConversationCommand.DeleteMessage;
import io.confab.events.ConversationCommand.EditMessage;
import io.confab.events.ConversationCommand.PinMessage;
import io.confab.events.ConversationCommand.RemoveReaction;
import io.confab.events.ConversationCommand.UnpinMessage;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessageEdited;
import io.confab.events.ConversationEvent.MessagePinned;
import io.confab.events.ConversationEvent.MessageUnpinned;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.ConversationEvent.ReactionRemoved;
import io.confab.events.ConversationEvent.ReplySent;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import org.junit.jupiter.api.Test;

class ChangingMessagesTest {
  private static final String THUMB = "👍";

  /** Bob's message is 1. */
  private static Scenario one() {
    return Scenario.channel().message("bob", "one");
  }

  private static Scenario tombstone() {
    return one().event("bob", new MessageDeleted(1));
  }

  private static EditMessage edit(String by, long message, String body) {
    return new EditMessage(CHANNEL, by, NOW, message, body);
  }

  private static DeleteMessage delete(String by, long message) {
    return new DeleteMessage(CHANNEL, by, NOW, message);
  }

  private static AddReaction react(String by, long message, String emoji) {
    return new AddReaction(CHANNEL, by, NOW, message, emoji);
  }

  private static RemoveReaction takeBack(String by, long message, String emoji) {
    return new RemoveReaction(CHANNEL, by, NOW, message, emoji);
  }

  private static PinMessage pin(String by, long message) {
    return new PinMessage(CHANNEL, by, NOW, message);
  }

  private static UnpinMessage unpin(String by, long message) {
    return new UnpinMessage(CHANNEL, by, NOW, message);
  }

  @Test
  void theAuthorEdits() {
    one().when(edit("bob", 1, "uno")).appends(new MessageEdited(1, "uno"));
  }

  @Test
  void theAuthorEditsAReply() {
    one()
        .event("carol", new ReplySent(1, MessageContent.of("aside")))
        .when(edit("carol", 2, "beside"))
        .appends(new MessageEdited(2, "beside"));
  }

  @Test
  void theSameBodyAgainChangesNothing() {
    one().when(edit("bob", 1, "one")).changesNothing();
    one().event("bob", new MessageEdited(1, "uno")).when(edit("bob", 1, "uno")).changesNothing();
    one()
        .event("bob", new MessageEdited(1, "uno"))
        .when(edit("bob", 1, "one"))
        .appends(new MessageEdited(1, "one"));
  }

  @Test
  void bodiesOfTheSameJavaHashAreTwoBodies() {
    Scenario.channel()
        .message("bob", "Aa")
        .when(edit("bob", 1, "BB"))
        .appends(new MessageEdited(1, "BB"));
  }

  @Test
  void onlyTheAuthorEdits() {
    one()
        .when(edit("alice", 1, "uno"))
        .rejects(RejectionCode.NOT_THE_AUTHOR, "alice", "the author, bob");
    one().when(edit("mallory", 1, "uno")).rejects(RejectionCode.NOT_A_MEMBER, "mallory");
  }

  @Test
  void anEditedBodyObeysTheLimits() {
    one()
        .when(edit("bob", 1, "x".repeat(28_673)))
        .rejects(RejectionCode.BODY_TOO_LARGE, 28_673, 28_672);
    one()
        .when(edit("bob", 1, " "))
        .rejects(RejectionCode.INVALID_VALUE, " ", "a body that is not blank");
  }

  @Test
  void aTombstoneIsNotEdited() {
    tombstone().when(edit("bob", 1, "uno")).rejects(RejectionCode.MESSAGE_DELETED, 1);
  }

  @Test
  void onlyAMessageIsEdited() {
    one().when(edit("bob", 0, "uno")).rejects(RejectionCode.UNKNOWN_MESSAGE, 0);
    one().when(edit("bob", 2, "uno")).rejects(RejectionCode.UNKNOWN_MESSAGE, 2);
  }

  @Test
  void theAuthorDeletes() {
    one().when(delete("bob", 1)).appends(new MessageDeleted(1));
  }

  @Test
  void anOwnerDeletes() {
    one().when(delete("alice", 1)).appends(new MessageDeleted(1));
  }

  @Test
  void nobodyElseDeletes() {
    one()
        .when(delete("carol", 1))
        .rejects(RejectionCode.NOT_THE_AUTHOR, "carol", "the author, bob, or an owner");
    one().when(delete("mallory", 1)).rejects(RejectionCode.NOT_A_MEMBER, "mallory");
  }

  @Test
  void deletingATombstoneChangesNothing() {
    tombstone().when(delete("bob", 1)).changesNothing();
  }

  @Test
  void onlyAMessageIsDeleted() {
    one().when(delete("alice", 0)).rejects(RejectionCode.UNKNOWN_MESSAGE, 0);
  }

  @Test
  void aMemberReacts() {
    one().when(react("carol", 1, THUMB)).appends(new ReactionAdded(1, THUMB));
  }

  @Test
  void severalReactWithSeveralEmoji() {
    Scenario reacted = one().event("carol", new ReactionAdded(1, THUMB));
    reacted.when(react("carol", 1, "❤️")).appends(new ReactionAdded(1, "❤️"));
    reacted.when(react("bob", 1, THUMB)).appends(new ReactionAdded(1, THUMB));
  }

  @Test
  void reactingAgainChangesNothing() {
    one()
        .event("carol", new ReactionAdded(1, THUMB))
        .when(react("carol", 1, THUMB))
        .changesNothing();
  }

  @Test
  void aReactionTakenBackMayComeAgain() {
    one()
        .event("carol", new ReactionAdded(1, THUMB))
        .event("carol", new ReactionRemoved(1, THUMB))
        .when(react("carol", 1, THUMB))
        .appends(new ReactionAdded(1, THUMB));
  }

  @Test
  void onlyAMemberReacts() {
    one().when(react("mallory", 1, THUMB)).rejects(RejectionCode.NOT_A_MEMBER, "mallory");
    one().when(takeBack("mallory", 1, THUMB)).rejects(RejectionCode.NOT_A_MEMBER, "mallory");
  }

  @Test
  void aReactionIsOneEmoji() {
    one()
        .when(react("carol", 1, "ok"))
        .rejects(RejectionCode.INVALID_EMOJI, "ok", "one emoji, such as 👍");
    one().when(takeBack("carol", 1, "ok")).rejects(RejectionCode.INVALID_EMOJI, "ok");
  }

  @Test
  void onlyAMessageIsReactedTo() {
    one().when(react("carol", 2, THUMB)).rejects(RejectionCode.UNKNOWN_MESSAGE, 2);
    one().when(takeBack("carol", 0, THUMB)).rejects(RejectionCode.UNKNOWN_MESSAGE, 0);
  }

  @Test
  void thereIsNoReactionToATombstone() {
    tombstone().when(react("carol", 1, THUMB)).rejects(RejectionCode.MESSAGE_DELETED, 1);
  }

  @Test
  void aReactionIsTakenBack() {
    one()
        .event("carol", new ReactionAdded(1, THUMB))
        .when(takeBack("carol", 1, THUMB))
        .appends(new ReactionRemoved(1, THUMB));
  }

  @Test
  void onlyOnesOwnReactionIsTakenBack() {
    one()
        .event("carol", new ReactionAdded(1, THUMB))
        .when(takeBack("bob", 1, THUMB))
        .changesNothing();
  }

  @Test
  void aTombstoneHasNoReactionToTakeBack() {
    one()
        .event("carol", new ReactionAdded(1, THUMB))
        .event("bob", new MessageDeleted(1))
        .when(takeBack("carol", 1, THUMB))
        .changesNothing();
  }

  @Test
  void aMemberPins() {
    one().when(pin("carol", 1)).appends(new MessagePinned(1));
  }

  @Test
  void pinningAgainChangesNothing() {
    one().event("bob", new MessagePinned(1)).when(pin("carol", 1)).changesNothing();
  }

  @Test
  void onlyAMessageThatIsThereIsPinned() {
    one().when(pin("mallory", 1)).rejects(RejectionCode.NOT_A_MEMBER, "mallory");
    one().when(pin("carol", 2)).rejects(RejectionCode.UNKNOWN_MESSAGE, 2);
    tombstone().when(pin("carol", 1)).rejects(RejectionCode.MESSAGE_DELETED, 1);
  }

  @Test
  void aMemberUnpins() {
    one()
        .event("bob", new MessagePinned(1))
        .when(unpin("carol", 1))
        .appends(new MessageUnpinned(1));
  }

  @Test
  void unpinningAgainChangesNothing() {
    one().when(unpin("carol", 1)).changesNothing();
    one()
        .event("bob", new MessagePinned(1))
        .event("bob", new MessageDeleted(1))
        .when(unpin("carol", 1))
        .changesNothing();
  }

  @Test
  void onlyAMessageIsUnpinned() {
    one().when(unpin("mallory", 1)).rejects(RejectionCode.NOT_A_MEMBER, "mallory");
    one().when(unpin("carol", 2)).rejects(RejectionCode.UNKNOWN_MESSAGE, 2);
  }
}
