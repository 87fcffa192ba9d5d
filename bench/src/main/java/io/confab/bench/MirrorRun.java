package io.confab.bench;

import io.confab.command.conversation.ConversationSnapshotSerializer;
import io.confab.command.store.EnvelopeSerializer;
import io.confab.command.store.LogEntry;
import io.confab.command.store.RocksDbEventStorageEngine;
import io.confab.command.store.StoreSettings;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.Role;
import io.confab.kafka.KafkaMirror;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.LogMirror;
import io.confab.kafka.MirroredLog;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import tools.jackson.databind.node.ObjectNode;

/** A local store with a log, whose mirror runs from the beginning to the end at each question. */
final class MirrorRun {
  private static final int BATCH = 1_000;

  private MirrorRun() {}

  private record StoreLog(RocksDbEventStorageEngine store) implements MirroredLog {
    @Override
    public long last() {
      return store.durableIndex();
    }

    @Override
    public List<EncodedEvent> read(long from, int limit) {
      return store.readLog(from, limit).stream().map(LogEntry::event).toList();
    }

    @Override
    public boolean await(long beyond, Duration patience) throws InterruptedException {
      return store.awaitDurable(beyond, patience);
    }
  }

  /** Arguments: the data directory, Kafka, partitions, conversations, events. */
  public static void main(String[] arguments) {
    RocksDbEventStorageEngine store =
        RocksDbEventStorageEngine.open(
            Path.of(arguments[0]),
            new EnvelopeSerializer(new ConversationSnapshotSerializer()),
            StoreSettings.DEFAULT);
    KafkaSettings settings =
        new KafkaSettings(List.of(arguments[1]), Integer.parseInt(arguments[2]), 0, 2);
    fill(store, Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]));
    Child.serve(Child.JSON.createObjectNode(), question -> run(store, settings));
  }

  private static void fill(RocksDbEventStorageEngine store, int conversations, int events) {
    Workload workload = Workload.of(conversations);
    List<EventMessage<?>> batch = new ArrayList<>();
    for (int i = 0; i < events; i++) {
      batch.add(message(workload, i % conversations, i / conversations));
      if (batch.size() == BATCH || i == events - 1) {
        store.appendEvents(batch);
        batch.clear();
      }
    }
  }

  private static EventMessage<?> message(Workload workload, int conversation, long sequence) {
    SendMessage send = workload.next(conversation % Workload.CALLERS);
    ConversationEvent event =
        sequence == 0
            ? new ConversationStarted(
                conversation % 2 == 0 ? Kind.CHANNEL : Kind.GROUP,
                "bench",
                List.of(new Member(send.by(), Role.OWNER)))
            : new MessageSent(sequence, send.content());
    String id = Workload.conversation(conversation);
    return new GenericDomainEventMessage<>(
        "Conversation",
        id,
        sequence,
        new EventEnvelope(id, sequence, Instant.now(), send.by(), event));
  }

  /** The time is that from the first acknowledged batch on. */
  private static ObjectNode run(RocksDbEventStorageEngine store, KafkaSettings settings)
      throws InterruptedException {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    KafkaMirror mirror = new KafkaMirror(settings, store, meters);
    Counter published = meters.counter("confab.mirror.published");
    try (LogMirror following = new LogMirror(new StoreLog(store), mirror, settings, meters)) {
      following.start();
      while (published.count() == 0) {
        Thread.sleep(1);
      }
      Round round = new Round();
      double before = published.count();
      while (following.lag() > 0) {
        Thread.sleep(1);
      }
      return round.end((long) (published.count() - before), Round.histogram());
    }
  }
}
