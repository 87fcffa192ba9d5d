package io.confab.command.store;

import static io.confab.command.store.Conversations.START;
import static io.confab.command.store.Conversations.messages;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessageEdited;
import io.confab.events.ConversationEvent.MessagePinned;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.ConversationEvent.MessageUnpinned;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.ConversationEvent.ReactionRemoved;
import io.confab.events.ConversationEvent.ReplySent;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.MessageContent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.eventhandling.GenericEventMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What was sent, and what was done to a message, is found exactly as long as its event is there.
 */
class MessageLogTest {
  /** Above all sequences here. */
  private static final long ALL = Long.MAX_VALUE;

  private static final int FOR_LONG = 1_000_000;

  @TempDir Path directory;
  private FaultyDatabase database;
  private RocksDbEventStorageEngine engine;

  @BeforeEach
  void open() {
    database = new FaultyDatabase(directory);
    engine =
        RocksDbEventStorageEngine.open(
            directory,
            Conversations.serializer(),
            StoreSettings.DEFAULT,
            new SimpleMeterRegistry(),
            database);
  }

  private void reopen() {
    engine.close();
    open();
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private void append(String conversation, long sequence, String by, ConversationEvent event) {
    engine.appendEvents(
        new GenericDomainEventMessage<>(
            "Conversation",
            conversation,
            sequence,
            new EventEnvelope(conversation, sequence, START, by, event)));
  }

  @Test
  void messagesAndRepliesAreFoundByTheirSendersAndConversation() {
    append("a", 0, "alice", new MessageSent(1, MessageContent.of("one", "k")));
    append("a", 1, "bob", new ReplySent(0, MessageContent.of("aside", "k")));
    append("b", 0, "alice", new MessageSent(1, MessageContent.of("elsewhere", "k0")));
    for (int i = 0; i < 2; i++) {
      assertThat(engine.sent("a", ALL, "alice", "k")).isZero();
      assertThat(engine.sent("a", ALL, "bob", "k")).isEqualTo(1);
      assertThat(engine.sent("b", ALL, "alice", "k0")).isZero();
      assertThat(engine.sent("a", ALL, "carol", "k")).isEqualTo(-1);
      assertThat(engine.sent("a", ALL, "alice", "k0")).isEqualTo(-1);
      assertThat(engine.sent("b", ALL, "alice", "k")).isEqualTo(-1);
      assertThat(engine.sent("none", ALL, "alice", "k")).isEqualTo(-1);
      reopen();
    }
  }

  @Test
  void whereOneNameEndsAndTheNextBeginsIsKept() {
    append("a", 0, "bc", new MessageSent(1, MessageContent.of("one", "d")));
    assertThat(engine.sent("ab", ALL, "c", "d")).isEqualTo(-1);
    assertThat(engine.sent("a", ALL, "b", "cd")).isEqualTo(-1);
    assertThatThrownBy(() -> engine.sent("a", ALL, "bc\0d", ""))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatSendsNothingOrHasNoClientsIdIsStoredAsBefore() {
    append("a", 0, "alice", new MessageSent(1, MessageContent.of("one")));
    append("a", 1, "alice", new MessageEdited(0, "uno"));
    engine.appendEvents(new GenericEventMessage<>("no envelope"));
    assertThat(engine.durableIndex()).isEqualTo(2);
    assertThat(engine.sent("a", ALL, "alice", "")).isEqualTo(-1);
  }

  @Test
  void whatWasDoneToAMessageIsFoundInItsOrder() {
    append("a", 0, "alice", new MessageSent(1, MessageContent.of("one")));
    append("a", 1, "alice", new MessageSent(2, MessageContent.of("two")));
    append("a", 2, "bob", new ReactionAdded(0, "👍"));
    append("a", 3, "bob", new ReactionAdded(1, "👍"));
    append("a", 4, "bob", new MessagePinned(0));
    append("a", 5, "bob", new ReactionRemoved(0, "👍"));
    append("a", 6, "bob", new MessageUnpinned(0));
    append("a", 7, "alice", new MessageDeleted(0));
    append("ab", 0, "bob", new ReactionAdded(0, "👍"));
    for (int i = 0; i < 2; i++) {
      assertThat(engine.marks("a", 0))
          .extracting(EncodedEvent::sequence)
          .containsExactly(2L, 4L, 5L, 6L, 7L);
      assertThat(engine.marks("a", 1)).extracting(EncodedEvent::sequence).containsExactly(3L);
      assertThat(engine.marks("a", 2)).isEmpty();
      assertThat(engine.marks("none", 0)).isEmpty();
      reopen();
    }
  }

  @Test
  void ofABatchThatIsRefusedNothingIsFound() {
    engine.appendEvents(messages("a", 0, 2));
    database.failBefore.set(1);
    CompletableFuture<Void> refused = engine.enqueue(messages("a", 2, 3), engine.epoch());
    assertThatThrownBy(() -> refused.get(20, TimeUnit.SECONDS)).isNotNull();
    for (int i = 0; i < 2; i++) {
      assertThat(sent(1)).isEqualTo(1);
      assertThat(sent(2)).isEqualTo(-1);
      assertThat(sent(4)).isEqualTo(-1);
      reopen();
    }
    engine.appendEvents(messages("a", 2, 1));
    assertThat(sent(2)).isEqualTo(2);
    assertThat(sent(3)).isEqualTo(-1);
  }

  @Test
  void whileTheOutcomeIsUnknownASendIsNotFound() throws Exception {
    engine.appendEvents(messages("a", 0, 2));
    database.failAfter.set(1);
    database.failOpen.set(FOR_LONG);
    database.openAttempts.drainPermits();
    CompletableFuture<Void> append = engine.enqueue(messages("a", 2, 1), engine.epoch());
    assertThat(database.openAttempts.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
    assertThat(sent(2)).as("its bytes are in the file, and perhaps not on the disk").isEqualTo(-1);

    database.failOpen.set(0);
    append.get(20, TimeUnit.SECONDS);
    assertThat(sent(2)).isEqualTo(2);
  }

  private long sent(long sequence) {
    return engine.sent("a", ALL, "alice", Conversations.clientMessageId(sequence));
  }
}
