package io.confab.command.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.EventEnvelope;
import io.confab.events.EventType;
import io.confab.events.Ids;
import io.confab.events.Kind;
import io.confab.events.Limits;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import io.confab.events.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.axonframework.test.aggregate.AggregateTestFixture;
import org.axonframework.test.aggregate.ResultValidator;
import org.hamcrest.CustomTypeSafeMatcher;
import org.jspecify.annotations.Nullable;

/** Given events, when a command, then one event, or nothing new, or a rejection. */
final class Scenario implements MessageLookup {
  static final String CHANNEL = "c-1";
  static final String DIRECT = Ids.direct("alice", "bob");
  static final Instant BEFORE = Instant.parse("2026-11-24T09:00:00Z");
  static final Instant NOW = Instant.parse("2026-11-24T09:30:00.123Z");

  private final String conversation;
  private final List<EventEnvelope> log = new ArrayList<>();
  private boolean readsOldMarks;
  private Limits limits = Limits.DEFAULT;
  int pointReads;
  int markReads;
  int sendLookups;

  private Scenario(String conversation) {
    this.conversation = conversation;
  }

  static Scenario nothing(String conversation) {
    return new Scenario(conversation);
  }

  /** A channel that alice owns and bob and carol are in. */
  static Scenario channel() {
    return started(CHANNEL, Kind.CHANNEL, "News");
  }

  static Scenario group() {
    return started(CHANNEL, Kind.GROUP, null);
  }

  private static Scenario started(String id, Kind kind, @Nullable String title) {
    return new Scenario(id)
        .event(
            "alice",
            new ConversationStarted(
                kind,
                title,
                List.of(
                    new Member("alice", Role.OWNER),
                    new Member("bob", Role.MEMBER),
                    new Member("carol", Role.MEMBER))));
  }

  static Scenario direct() {
    return new Scenario(DIRECT)
        .event(
            "alice",
            new ConversationStarted(
                Kind.DIRECT,
                null,
                List.of(new Member("alice", Role.OWNER), new Member("bob", Role.MEMBER))));
  }

  /** One more event; its sequence is the number of those before it. */
  Scenario event(String by, ConversationEvent event) {
    log.add(new EventEnvelope(conversation, log.size(), BEFORE, by, event));
    return this;
  }

  /** A message of the main view; the first is at sequence 1 of a started conversation. */
  Scenario message(String by, String body) {
    return message(by, MessageContent.of(body));
  }

  Scenario message(String by, MessageContent content) {
    long before = log.stream().filter(e -> e.type() == EventType.MESSAGE_SENT).count();
    return event(by, new ConversationEvent.MessageSent(before + 1, content));
  }

  Scenario limits(Limits limits) {
    this.limits = limits;
    return this;
  }

  /** What is read back from the log is a cache: a replay does not have it, and needs not to. */
  Scenario readsOldMarks() {
    readsOldMarks = true;
    return this;
  }

  long head() {
    return log.size() - 1;
  }

  Then when(ConversationCommand command) {
    AggregateTestFixture<Conversation> fixture = new AggregateTestFixture<>(Conversation.class);
    fixture.registerInjectableResource(limits);
    fixture.registerInjectableResource(this);
    fixture.registerCommandTargetResolver(new ConversationTarget());
    fixture.setReportIllegalStateChange(!readsOldMarks);
    return new Then(command, fixture.given(log).when(command));
  }

  final class Then {
    private final ConversationCommand command;
    private final ResultValidator<Conversation> result;

    private Then(ConversationCommand command, ResultValidator<Conversation> result) {
      this.command = command;
      this.result = result;
    }

    /** One event at the next sequence, and its sequence as the answer. */
    void appends(ConversationEvent event) {
      long sequence = log.size();
      result.expectResultMessagePayload(new CommandResult(conversation, sequence, NOW, true));
      result.expectEvents(new EventEnvelope(conversation, sequence, NOW, command.by(), event));
    }

    /** Nothing new: the answer is what was there before. */
    void answers(long sequence, Instant at) {
      result.expectResultMessagePayload(new CommandResult(conversation, sequence, at, false));
      result.expectNoEvents();
    }

    void changesNothing() {
      answers(head(), NOW);
    }

    void rejects(RejectionCode code, @Nullable Object value, @Nullable Object limit) {
      result.expectNoEvents();
      result.expectException(
          new CustomTypeSafeMatcher<CommandRejected>(code + ", " + value + ", " + limit) {
            @Override
            protected boolean matchesSafely(CommandRejected rejected) {
              assertThat(rejected.code()).isEqualTo(code);
              assertThat(rejected.value()).isEqualTo(value == null ? null : value.toString());
              assertThat(rejected.limit()).isEqualTo(limit == null ? null : limit.toString());
              return true;
            }
          });
    }

    void rejects(RejectionCode code, @Nullable Object value) {
      result.expectNoEvents();
      result.expectException(
          new CustomTypeSafeMatcher<CommandRejected>(code + ", " + value) {
            @Override
            protected boolean matchesSafely(CommandRejected rejected) {
              assertThat(rejected.code()).isEqualTo(code);
              assertThat(rejected.value()).isEqualTo(value == null ? null : value.toString());
              assertThat(rejected.limit()).isNotBlank();
              return true;
            }
          });
    }
  }

  @Override
  public @Nullable EventEnvelope read(String conversation, long sequence) {
    pointReads++;
    return sequence < log.size() ? log.get((int) sequence) : null;
  }

  @Override
  public long sentBefore(String conversation, long before, String sender, String clientMessageId) {
    sendLookups++;
    for (EventEnvelope envelope : log.subList(0, (int) before)) {
      MessageContent content =
          envelope.event() instanceof ConversationEvent.MessageSent sent
              ? sent.content()
              : envelope.event() instanceof ConversationEvent.ReplySent reply
                  ? reply.content()
                  : null;
      if (content != null
          && envelope.by().equals(sender)
          && clientMessageId.equals(content.clientMessageId())) {
        return envelope.sequence();
      }
    }
    return -1;
  }

  @Override
  public List<EventEnvelope> marks(String conversation, long message) {
    markReads++;
    List<EventEnvelope> marks = new ArrayList<>();
    for (EventEnvelope envelope : log) {
      ConversationEvent event = envelope.event();
      if (event instanceof ConversationEvent.ReactionAdded added && added.message() == message
          || event instanceof ConversationEvent.ReactionRemoved removed
              && removed.message() == message
          || event instanceof ConversationEvent.MessageDeleted deleted
              && deleted.message() == message
          || event instanceof ConversationEvent.MessagePinned pinned && pinned.message() == message
          || event instanceof ConversationEvent.MessageUnpinned unpinned
              && unpinned.message() == message) {
        marks.add(envelope);
      }
    }
    return marks;
  }
}
