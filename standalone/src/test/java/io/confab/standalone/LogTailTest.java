package io.confab.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.command.conversation.ConversationSnapshotSerializer;
import io.confab.command.store.EnvelopeSerializer;
import io.confab.command.store.RocksDbEventStorageEngine;
import io.confab.command.store.StoreSettings;
import io.confab.edge.ConversationFeed;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.MessageContent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogTailTest {
  @TempDir private Path directory;

  /** Fails once with an Error, then keeps what it is given. */
  private static final class FailsOnce implements ConversationFeed.Listener {
    private final BlockingQueue<EncodedEvent> given = new LinkedBlockingQueue<>();
    private boolean failed;

    @Override
    public void onEvents(List<EncodedEvent> events) {
      if (!failed) {
        failed = true;
        throw new OutOfMemoryError("as a test");
      }
      given.addAll(events);
    }
  }

  @Test
  void anErrorDoesNotEndTheFeedAndLeavesNothingOut() throws InterruptedException {
    FailsOnce listener = new FailsOnce();
    try (RocksDbEventStorageEngine store =
            RocksDbEventStorageEngine.open(
                directory,
                new EnvelopeSerializer(new ConversationSnapshotSerializer()),
                StoreSettings.DEFAULT,
                new SimpleMeterRegistry());
        ConversationFeed.Subscription feed = new LogTail(store).subscribe(listener)) {
      assertThat(feed).isNotNull();
      store.appendEvents(List.of(message(0)));
      store.appendEvents(List.of(message(1)));
      for (long sequence = 0; sequence <= 1; sequence++) {
        EncodedEvent event = listener.given.poll(20, TimeUnit.SECONDS);
        assertThat(event).isNotNull();
        assertThat(event.sequence()).isEqualTo(sequence);
      }
    }
  }

  private static GenericDomainEventMessage<EventEnvelope> message(long sequence) {
    return new GenericDomainEventMessage<>(
        "Conversation",
        "c-1",
        sequence,
        new EventEnvelope(
            "c-1",
            sequence,
            Instant.parse("2026-11-24T09:30:00Z"),
            "alice",
            new MessageSent(sequence + 1, MessageContent.of("hello"))));
  }
}
