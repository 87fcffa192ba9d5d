package io.confab.standalone.replay;

import io.confab.command.conversation.ConversationSnapshotSerializer;
import io.confab.command.store.EnvelopeSerializer;
import io.confab.command.store.RocksDbEventStorageEngine;
import io.confab.command.store.StoreSettings;
import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.MessageContent;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;

/**
 * The event store of a data directory, filled with messages and deletions in a few conversations.
 * Times go on by a second with each event, but for some that are late by up to a minute.
 */
public final class TestStore implements AutoCloseable {
  public static final Instant START = Instant.parse("2026-11-24T09:00:00Z");
  private static final int CONVERSATIONS = 5;

  private final RocksDbEventStorageEngine engine;
  private final Random random = new Random(1);
  private final List<EventEnvelope> log = new ArrayList<>();
  private final long[] sequences = new long[CONVERSATIONS];

  /** Opens a new one in that data directory. */
  public static TestStore in(Path dataDir) {
    return new TestStore(
        RocksDbEventStorageEngine.open(
            dataDir.resolve("events"),
            new EnvelopeSerializer(new ConversationSnapshotSerializer()),
            StoreSettings.DEFAULT));
  }

  private TestStore(RocksDbEventStorageEngine engine) {
    this.engine = engine;
  }

  public RocksDbEventStorageEngine engine() {
    return engine;
  }

  /** Appends that many events, each with a body of that length. */
  public TestStore append(int events, int bodyLength) {
    List<DomainEventMessage<EventEnvelope>> batch = new ArrayList<>();
    for (int i = 0; i < events; i++) {
      EventEnvelope envelope = next(bodyLength);
      log.add(envelope);
      batch.add(
          new GenericDomainEventMessage<>(
              "Conversation", envelope.conversation(), envelope.sequence(), envelope));
      if (batch.size() == 500 || i == events - 1) {
        engine.appendEvents(batch);
        batch.clear();
      }
    }
    return this;
  }

  private EventEnvelope next(int bodyLength) {
    int conversation = random.nextInt(CONVERSATIONS);
    long sequence = sequences[conversation]++;
    ConversationEvent event =
        sequence > 0 && random.nextInt(4) == 0
            ? new MessageDeleted(sequence - 1)
            : new MessageSent(sequence + 1, MessageContent.of("é".repeat(bodyLength)));
    int late = random.nextInt(5) == 0 ? random.nextInt(60) : 0;
    return new EventEnvelope(
        "c-" + conversation, sequence, START.plusSeconds(log.size() - late), "alice", event);
  }

  /** What a replay of the events that {@code wanted} holds must give. */
  public byte[] lines(Predicate<EventEnvelope> wanted) {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    for (EventEnvelope envelope : log) {
      if (wanted.test(envelope)) {
        lines.writeBytes(EventJson.write(envelope));
        lines.write('\n');
      }
    }
    return lines.toByteArray();
  }

  public byte[] lines() {
    return lines(envelope -> true);
  }

  @Override
  public void close() {
    engine.close();
  }
}
