package io.confab.command.conversation;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import io.confab.command.bus.Weighed;
import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.AddMembers;
import io.confab.events.ConversationCommand.AddReaction;
import io.confab.events.ConversationCommand.ChangeMemberRole;
import io.confab.events.ConversationCommand.DeleteMessage;
import io.confab.events.ConversationCommand.EditMessage;
import io.confab.events.ConversationCommand.PinMessage;
import io.confab.events.ConversationCommand.RemoveMember;
import io.confab.events.ConversationCommand.RemoveReaction;
import io.confab.events.ConversationCommand.RenameConversation;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationCommand.SendReply;
import io.confab.events.ConversationCommand.StartConversation;
import io.confab.events.ConversationCommand.UnpinMessage;
import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.ConversationRenamed;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.ConversationEvent.MemberRoleChanged;
import io.confab.events.ConversationEvent.MembersAdded;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessageEdited;
import io.confab.events.ConversationEvent.MessagePinned;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.ConversationEvent.MessageUnpinned;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.ConversationEvent.ReactionRemoved;
import io.confab.events.ConversationEvent.ReplySent;
import io.confab.events.EventEnvelope;
import io.confab.events.Ids;
import io.confab.events.Kind;
import io.confab.events.Limits;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import io.confab.events.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.AggregateRoot;
import org.axonframework.modelling.command.CreationPolicy;
import org.jspecify.annotations.Nullable;

/**
 * A conversation and its rules.
 *
 * <p>Each command either applies exactly one event and answers with its sequence, or finds that
 * what it asks for is so already and applies none, or throws {@link CommandRejected} before
 * anything has changed. Handlers take {@link Limits}, and {@link MessageLookup} where they send or
 * speak of a message, as resources.
 *
 * <p>Only members may do anything. The creator is an owner; owners rename, add and remove members,
 * change roles, and delete what others sent. Anyone may leave, except the last owner while others
 * remain. Who is in a direct conversation never changes.
 *
 * <p>Commands of one conversation run one after the other: not safe for use by several threads.
 */
@AggregateRoot(type = Conversation.TYPE)
public class Conversation implements Weighed {
  /** The aggregate's type in stored events and snapshots. */
  public static final String TYPE = "Conversation";

  private final ConversationState state;

  /** An empty one, into which events are played. */
  public Conversation() {
    this(new ConversationState());
  }

  private Conversation(ConversationState state) {
    this.state = state;
  }

  static Conversation of(ConversationSnapshot snapshot) {
    return new Conversation(ConversationState.of(snapshot));
  }

  ConversationSnapshot snapshot() {
    return state.snapshot();
  }

  @AggregateIdentifier
  @Nullable String conversation() {
    return state.started() ? state.conversation() : null;
  }

  @Override
  public int weight() {
    return state.weight();
  }

  @CommandHandler
  @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
  CommandResult handle(StartConversation command, Limits limits) {
    Set<String> members = new LinkedHashSet<>();
    members.add(command.by());
    members.addAll(command.members());
    MembersPolicy.checkCount(command.kind(), members.size(), limits);
    MembersPolicy.checkIds(members);
    checkId(command, members);
    String title = TitlePolicy.check(command.kind(), command.title(), limits);
    if (state.started()) {
      if (command.kind() == Kind.DIRECT && state.kind() == Kind.DIRECT) {
        return new CommandResult(command.conversation(), 0, state.startedAt(), false);
      }
      throw new CommandRejected(
          RejectionCode.CONFLICT,
          "The conversation exists already",
          command.conversation(),
          "an id that is not taken");
    }
    List<Member> roles = new ArrayList<>(members.size());
    for (String user : members) {
      roles.add(new Member(user, user.equals(command.by()) ? Role.OWNER : Role.MEMBER));
    }
    return append(command, new ConversationStarted(command.kind(), title, roles));
  }

  private static void checkId(StartConversation command, Set<String> members) {
    Ids.require("conversation", command.conversation());
    if (command.kind() == Kind.DIRECT) {
      List<String> two = List.copyOf(members);
      String expected = Ids.direct(two.get(0), two.get(1));
      if (!command.conversation().equals(expected)) {
        throw new CommandRejected(
            RejectionCode.INVALID_VALUE,
            "A direct conversation's id follows from its members",
            command.conversation(),
            expected);
      }
    }
  }

  @CommandHandler
  CommandResult handle(RenameConversation command, Limits limits) {
    requireOwner(command);
    String title = TitlePolicy.check(state.kind(), command.title(), limits);
    if (title == null || title.equals(state.title())) {
      return unchanged(command);
    }
    return append(command, new ConversationRenamed(title));
  }

  @CommandHandler
  CommandResult handle(AddMembers command, Limits limits) {
    requireOwner(command);
    requireChangeableMembers();
    Set<String> joining = new LinkedHashSet<>(command.members());
    joining.removeIf(user -> state.member(user) != null);
    MembersPolicy.checkCount(state.kind(), state.memberCount() + joining.size(), limits);
    MembersPolicy.checkIds(joining);
    if (joining.isEmpty()) {
      return unchanged(command);
    }
    return append(
        command,
        new MembersAdded(joining.stream().map(user -> new Member(user, Role.MEMBER)).toList()));
  }

  @CommandHandler
  CommandResult handle(RemoveMember command) {
    boolean leaving = command.by().equals(command.member());
    if (leaving) {
      requireMember(command);
    } else {
      requireOwner(command);
    }
    requireChangeableMembers();
    Member member = requireKnownMember(command.member());
    if (state.memberCount() > 1) {
      requireAnotherOwner(member);
    }
    return append(command, new MemberRemoved(member.user()));
  }

  @CommandHandler
  CommandResult handle(ChangeMemberRole command) {
    requireOwner(command);
    requireChangeableMembers();
    Member member = requireKnownMember(command.member());
    if (member.role() == command.role()) {
      return unchanged(command);
    }
    requireAnotherOwner(member);
    return append(command, new MemberRoleChanged(member.user(), command.role()));
  }

  @CommandHandler
  CommandResult handle(SendMessage command, Limits limits, MessageLookup lookup) {
    SentMessage before = sentBefore(command, command.content(), lookup);
    if (before != null) {
      return resent(command, before);
    }
    requireMember(command);
    ContentPolicy.check(command.content(), limits);
    return append(command, new MessageSent(state.messages() + 1, command.content()));
  }

  @CommandHandler
  CommandResult handle(SendReply command, Limits limits, MessageLookup lookup) {
    SentMessage before = sentBefore(command, command.content(), lookup);
    if (before != null) {
      return resent(command, before);
    }
    requireMember(command);
    ContentPolicy.check(command.content(), limits);
    SentMessage target = state.message(command.message(), lookup);
    requireNotDeleted(target, lookup);
    return append(command, new ReplySent(target.thread(), command.content()));
  }

  @CommandHandler
  CommandResult handle(EditMessage command, Limits limits, MessageLookup lookup) {
    requireMember(command);
    ContentPolicy.checkBody(command.body(), limits);
    SentMessage target = state.message(command.message(), lookup);
    if (!target.sender().equals(command.by())) {
      throw notTheAuthor(command, "the author, " + target.sender());
    }
    requireNotDeleted(target, lookup);
    if (state.hasBody(target, command.body())) {
      return unchanged(command);
    }
    return append(command, new MessageEdited(target.sequence(), command.body()));
  }

  @CommandHandler
  CommandResult handle(DeleteMessage command, MessageLookup lookup) {
    Member member = requireMember(command);
    SentMessage target = state.message(command.message(), lookup);
    if (!target.sender().equals(command.by()) && member.role() != Role.OWNER) {
      throw notTheAuthor(command, "the author, " + target.sender() + ", or an owner");
    }
    if (state.deleted(target.sequence(), lookup)) {
      return unchanged(command);
    }
    return append(command, new MessageDeleted(target.sequence()));
  }

  @CommandHandler
  CommandResult handle(AddReaction command, Limits limits, MessageLookup lookup) {
    requireMember(command);
    EmojiPolicy.check(command.emoji(), limits);
    SentMessage target = state.message(command.message(), lookup);
    requireNotDeleted(target, lookup);
    if (state.reacted(target.sequence(), command.by(), command.emoji(), lookup)) {
      return unchanged(command);
    }
    return append(command, new ReactionAdded(target.sequence(), command.emoji()));
  }

  @CommandHandler
  CommandResult handle(RemoveReaction command, Limits limits, MessageLookup lookup) {
    requireMember(command);
    EmojiPolicy.check(command.emoji(), limits);
    SentMessage target = state.message(command.message(), lookup);
    if (!state.reacted(target.sequence(), command.by(), command.emoji(), lookup)) {
      return unchanged(command);
    }
    return append(command, new ReactionRemoved(target.sequence(), command.emoji()));
  }

  @CommandHandler
  CommandResult handle(PinMessage command, MessageLookup lookup) {
    requireMember(command);
    SentMessage target = state.message(command.message(), lookup);
    requireNotDeleted(target, lookup);
    if (state.pinned(target.sequence(), lookup)) {
      return unchanged(command);
    }
    return append(command, new MessagePinned(target.sequence()));
  }

  @CommandHandler
  CommandResult handle(UnpinMessage command, MessageLookup lookup) {
    requireMember(command);
    SentMessage target = state.message(command.message(), lookup);
    if (!state.pinned(target.sequence(), lookup)) {
      return unchanged(command);
    }
    return append(command, new MessageUnpinned(target.sequence()));
  }

  @EventSourcingHandler
  void on(EventEnvelope envelope) {
    state.on(envelope);
  }

  private CommandResult append(ConversationCommand command, ConversationEvent event) {
    EventEnvelope envelope =
        new EventEnvelope(
            command.conversation(), state.head() + 1, command.at(), command.by(), event);
    apply(envelope);
    return new CommandResult(envelope.conversation(), envelope.sequence(), envelope.at(), true);
  }

  /** What was asked for is so already, as of the last event. */
  private CommandResult unchanged(ConversationCommand command) {
    return new CommandResult(command.conversation(), state.head(), command.at(), false);
  }

  private static CommandResult resent(ConversationCommand command, SentMessage before) {
    return new CommandResult(
        command.conversation(), before.sequence(), Instant.ofEpochMilli(before.at()), false);
  }

  /** Asked before membership: who has left since must not think that the message is not there. */
  private @Nullable SentMessage sentBefore(
      ConversationCommand command, MessageContent content, MessageLookup lookup) {
    String clientMessageId = content.clientMessageId();
    return clientMessageId == null
        ? null
        : state.sent(command.by(), Ids.require("clientMessageId", clientMessageId), lookup);
  }

  private Member requireMember(ConversationCommand command) {
    Member member = state.member(command.by());
    if (member == null) {
      throw new CommandRejected(
          RejectionCode.NOT_A_MEMBER,
          command.by() + " is not a member of " + command.conversation(),
          command.by(),
          "a member of the conversation");
    }
    return member;
  }

  private void requireOwner(ConversationCommand command) {
    if (requireMember(command).role() != Role.OWNER) {
      throw new CommandRejected(
          RejectionCode.NOT_AN_OWNER,
          command.by() + " does not own " + command.conversation(),
          command.by(),
          "an owner of the conversation");
    }
  }

  private void requireChangeableMembers() {
    if (state.kind() == Kind.DIRECT) {
      throw new CommandRejected(
          RejectionCode.MEMBERS_FIXED,
          "The members of a direct conversation never change",
          state.conversation(),
          "a group or channel");
    }
  }

  private Member requireKnownMember(String user) {
    Member member = state.member(user);
    if (member == null) {
      throw new CommandRejected(
          RejectionCode.UNKNOWN_MEMBER,
          user + " is not a member of " + state.conversation(),
          user,
          "a member of the conversation");
    }
    return member;
  }

  private void requireAnotherOwner(Member member) {
    if (member.role() == Role.OWNER && state.owners() == 1) {
      throw new CommandRejected(
          RejectionCode.LAST_OWNER,
          member.user() + " is the last owner",
          member.user(),
          "another owner first");
    }
  }

  private void requireNotDeleted(SentMessage message, MessageLookup lookup) {
    if (state.deleted(message.sequence(), lookup)) {
      throw new CommandRejected(
          RejectionCode.MESSAGE_DELETED,
          "Message " + message.sequence() + " is deleted",
          message.sequence(),
          "a message that is not deleted");
    }
  }

  private static CommandRejected notTheAuthor(ConversationCommand command, String expected) {
    return new CommandRejected(
        RejectionCode.NOT_THE_AUTHOR,
        command.by() + " did not send that message",
        command.by(),
        expected);
  }
}
