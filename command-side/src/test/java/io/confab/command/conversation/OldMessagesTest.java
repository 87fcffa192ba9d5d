package io.confab.command.conversation;

import static io.confab.command.conversation.Scenario.CHANNEL;
import static io.confab.command.conversation.Scenario.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.ConversationCommand.AddReaction;
import io.confab.events.ConversationCommand.DeleteMessage;
import io.confab.events.ConversationCommand.EditMessage;
import io.confab.events.ConversationCommand.SendReply;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessageEdited;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.ConversationEvent.ReplySent;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import org.junit.jupiter.api.Test;

/** Messages before the last 4,096: found by one point read, under the same rules. */
class OldMessagesTest {
  private static final String THUMB = "👍";

  /** Bob's message 1, carol's reply 2, and then enough messages for both to be old. */
  private static Scenario old() {
    Scenario scenario =
        Scenario.channel()
            .message("bob", "one")
            .event("carol", new ReplySent(1, MessageContent.of("aside")))
            .event("carol", new ReactionAdded(1, THUMB));
    for (int i = 0; i < RecentMessages.CAPACITY; i++) {
      scenario.message("alice", "x");
    }
    return scenario;
  }

  @Test
  void anOldMessageIsOnePointRead() {
    Scenario old = old();
    old.when(new SendReply(CHANNEL, "bob", NOW, 2, MessageContent.of("late")))
        .appends(new ReplySent(1, MessageContent.of("late")));
    assertThat(old.pointReads).isEqualTo(1);
    assertThat(old.markReads).isZero();
  }

  @Test
  void aRecentMessageIsNone() {
    Scenario old = old();
    old.when(new SendReply(CHANNEL, "bob", NOW, 4, MessageContent.of("soon")))
        .appends(new ReplySent(4, MessageContent.of("soon")));
    assertThat(old.pointReads).isZero();
  }

  @Test
  void anOldMessageIsItsAuthors() {
    Scenario old = old();
    old.when(new EditMessage(CHANNEL, "bob", NOW, 1, "uno")).appends(new MessageEdited(1, "uno"));
    old.when(new EditMessage(CHANNEL, "carol", NOW, 1, "uno"))
        .rejects(RejectionCode.NOT_THE_AUTHOR, "carol", "the author, bob");
    old.when(new DeleteMessage(CHANNEL, "carol", NOW, 2)).appends(new MessageDeleted(2));
  }

  @Test
  void anOldEventThatIsNoMessageIsUnknown() {
    old()
        .when(new DeleteMessage(CHANNEL, "alice", NOW, 3))
        .rejects(RejectionCode.UNKNOWN_MESSAGE, 3);
    old()
        .when(new DeleteMessage(CHANNEL, "alice", NOW, -1))
        .rejects(RejectionCode.UNKNOWN_MESSAGE, -1);
  }

  @Test
  void reactionsAndTombstonesOfOldMessagesAreKnown() {
    Scenario old = old();
    old.when(new AddReaction(CHANNEL, "carol", NOW, 1, THUMB)).changesNothing();
    old.when(new AddReaction(CHANNEL, "bob", NOW, 1, THUMB)).appends(new ReactionAdded(1, THUMB));
    old.event("bob", new MessageDeleted(1))
        .when(new AddReaction(CHANNEL, "bob", NOW, 1, THUMB))
        .rejects(RejectionCode.MESSAGE_DELETED, 1);
    assertThat(old.markReads).isZero();
  }

  @Test
  void marksOverTheBoundAreReadFromTheLog() {
    Scenario crowded = old();
    for (int i = 0; i < MessageMarks.BOUND; i++) {
      crowded.event("user-" + i, new ReactionAdded(4, THUMB));
    }
    crowded.readsOldMarks();

    crowded.when(new AddReaction(CHANNEL, "carol", NOW, 1, THUMB)).changesNothing();
    assertThat(crowded.markReads).isEqualTo(1);
    crowded
        .event("bob", new MessageDeleted(1))
        .when(new AddReaction(CHANNEL, "bob", NOW, 1, THUMB))
        .rejects(RejectionCode.MESSAGE_DELETED, 1);
  }
}
