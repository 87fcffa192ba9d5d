package io.confab.command.bus;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.AddMembers;
import io.confab.events.ConversationCommand.PinMessage;
import io.confab.events.ConversationCommand.RemoveMember;
import io.confab.events.ConversationCommand.RenameConversation;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationCommand.StartConversation;
import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.ConversationEvent.MembersAdded;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EventEnvelope;
import io.confab.events.Limits;
import io.confab.events.Member;
import io.confab.events.RejectionCode;
import io.confab.events.Role;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.CreationPolicy;

/**
 * The smallest conversation that has all the ways in which a command can end: an event, the answer
 * of an earlier command, a rejection before and after an event, and a fault.
 */
final class TestConversation implements Weighed {
  /** A title that makes a renaming throw. */
  static final String FAULT = "fault";

  @AggregateIdentifier private String id;
  private long head = -1;
  private Instant at = Instant.EPOCH;
  private final TreeSet<String> members = new TreeSet<>();
  private final Map<String, Long> sent = new HashMap<>();

  TestConversation() {}

  /** What a reader of the log would come to. */
  static TestConversation fold(List<EventEnvelope> log) {
    TestConversation conversation = new TestConversation();
    log.forEach(conversation::on);
    return conversation;
  }

  TestConversation copy() {
    TestConversation copy = new TestConversation();
    copy.id = id;
    copy.head = head;
    copy.at = at;
    copy.members.addAll(members);
    copy.sent.putAll(sent);
    return copy;
  }

  String digest() {
    return head + " " + members + " " + sent.size() + " " + sent.hashCode();
  }

  @CommandHandler
  @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
  CommandResult handle(StartConversation command, Limits limits) {
    if (head >= 0) {
      return new CommandResult(id, 0, at, false);
    }
    if (command.members().size() > limits.groupMembers()) {
      throw new CommandRejected(RejectionCode.TOO_MANY_MEMBERS, "too many members", null, null);
    }
    List<Member> all =
        command.members().stream().map(member -> new Member(member, Role.OWNER)).toList();
    return happen(command, new ConversationStarted(command.kind(), command.title(), all));
  }

  @CommandHandler
  CommandResult handle(SendMessage command, Gate gate) {
    gate.pass(command.content().clientMessageId());
    Long before = sent.get(command.content().clientMessageId());
    if (before != null) {
      return new CommandResult(id, before, at, false);
    }
    if (!members.contains(command.by())) {
      throw new CommandRejected(RejectionCode.NOT_A_MEMBER, "not a member", command.by(), null);
    }
    return happen(command, new MessageSent(sent.size() + 1, command.content()));
  }

  @CommandHandler
  CommandResult handle(AddMembers command) {
    List<Member> more =
        command.members().stream().map(member -> new Member(member, Role.MEMBER)).toList();
    return happen(command, new MembersAdded(more));
  }

  @CommandHandler
  CommandResult handle(RemoveMember command) {
    if (!members.contains(command.member())) {
      throw new CommandRejected(
          RejectionCode.UNKNOWN_MEMBER, "not a member", command.member(), null);
    }
    return happen(command, new MemberRemoved(command.member()));
  }

  /** Rejects after an event was applied, which no good aggregate does; or breaks. */
  @CommandHandler
  CommandResult handle(RenameConversation command) {
    happen(command, new ConversationEvent.ConversationRenamed(command.title()));
    if (command.title().equals(FAULT)) {
      throw new IllegalStateException(FAULT);
    }
    throw new CommandRejected(RejectionCode.TITLE_TOO_LONG, "rejected late", null, null);
  }

  /** Tells the state. */
  @CommandHandler
  CommandResult handle(PinMessage command) {
    throw new CommandRejected(RejectionCode.UNKNOWN_MESSAGE, digest(), null, null);
  }

  private CommandResult happen(ConversationCommand command, ConversationEvent event) {
    long sequence = head + 1;
    apply(new EventEnvelope(command.conversation(), sequence, command.at(), command.by(), event));
    return new CommandResult(command.conversation(), sequence, command.at(), true);
  }

  @EventSourcingHandler
  void on(EventEnvelope envelope) {
    if (envelope.sequence() != head + 1) {
      throw new IllegalStateException(
          "sequence " + envelope.sequence() + " after " + head + " of " + id);
    }
    id = envelope.conversation();
    head = envelope.sequence();
    at = envelope.at();
    if (envelope.event() instanceof ConversationStarted started) {
      started.members().forEach(member -> members.add(member.user()));
    } else if (envelope.event() instanceof MembersAdded added) {
      added.members().forEach(member -> members.add(member.user()));
    } else if (envelope.event() instanceof MemberRemoved removed) {
      members.remove(removed.member());
    } else if (envelope.event() instanceof MessageSent message
        && message.content().clientMessageId() != null) {
      sent.put(message.content().clientMessageId(), envelope.sequence());
    }
  }

  @Override
  public int weight() {
    return 100;
  }
}
