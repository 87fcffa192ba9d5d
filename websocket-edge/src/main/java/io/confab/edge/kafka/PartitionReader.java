package io.confab.edge.kafka;

import io.confab.events.EncodedEvent;
import io.confab.events.Kind;
import io.confab.kafka.EventRecords;
import io.confab.kafka.KafkaClients;
import io.confab.kafka.KafkaLoop;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import io.confab.kafka.UndecodableRecordException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the partitions that are wanted, on a thread of its own: each from where it ended when it
 * came to be wanted. Any failure makes the consumer anew.
 */
final class PartitionReader {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionReader.class);
  private static final Duration POLL = Duration.ofSeconds(1);

  private final KafkaSettings settings;
  private final MeterRegistry meters;
  private final Consumer<List<EncodedEvent>> events;
  private final Consumer<List<Interest>> begun;
  private final Counter failures;
  private final Counter undecodable;
  private final AtomicInteger partitions = new AtomicInteger();
  private final boolean chats;
  private final Thread thread;
  private final BlockingQueue<Change> changes = new LinkedBlockingQueue<>();
  private volatile @Nullable KafkaConsumer<byte[], byte[]> waiting;
  private volatile boolean closed;

  // The thread's own.
  private final Map<TopicPartition, Long> reached = new HashMap<>();
  private final Set<Interest> present = new HashSet<>();
  private final List<Interest> fresh = new ArrayList<>();

  private record Change(Interest interest, boolean wanted) {}

  /**
   * @param chats whether all partitions of chats are wanted, always
   * @param events takes what is read; may block
   * @param begun takes the conversations of which everything is read from now on
   */
  PartitionReader(
      KafkaSettings settings,
      MeterRegistry meters,
      boolean chats,
      Consumer<List<EncodedEvent>> events,
      Consumer<List<Interest>> begun) {
    this.chats = chats;
    this.settings = settings;
    this.meters = meters;
    this.events = events;
    this.begun = begun;
    this.failures =
        Counter.builder("confab.edge.feed.failures")
            .description("Failures that made the consumer anew")
            .register(meters);
    this.undecodable =
        Counter.builder("confab.edge.feed.undecodable")
            .description("Records that are no events")
            .register(meters);
    Gauge.builder("confab.edge.feed.partitions", partitions, AtomicInteger::get)
        .description("Partitions that this edge reads")
        .register(meters);
    thread =
        new Thread(
            () -> KafkaLoop.run(settings, () -> closed, this::follow, this::failed),
            "edge-kafka-feed");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** The kind is known where it is wanted. */
  void change(Interest interest, boolean wanted) {
    changes.add(new Change(interest, wanted));
    KafkaConsumer<byte[], byte[]> consumer = waiting;
    if (consumer != null) {
      consumer.wakeup();
    }
  }

  void close() {
    closed = true;
    thread.interrupt();
  }

  private void failed(Throwable e) {
    failures.increment();
    LOG.error("The live feed from Kafka failed, and goes on from where it was", e);
    if (e instanceof InvalidOffsetException) {
      reached.clear(); // that is no longer there
    }
  }

  private void follow() throws InterruptedException {
    try (KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(KafkaClients.consumer(settings, "confab-edge"));
        KafkaClientMetrics metrics = new KafkaClientMetrics(consumer)) {
      metrics.bindTo(meters);
      int channels = consumer.partitionsFor(KafkaTopics.CHANNELS).size();
      Set<TopicPartition> always = chats ? partitionsOfChats(consumer) : Set.of();
      fresh.clear();
      fresh.addAll(present);
      Set<TopicPartition> assigned = Set.of();
      boolean changed = true;
      while (!closed) {
        try {
          changed |= takeChanges(assigned.isEmpty() && !changed ? POLL : Duration.ZERO);
          if (changed) {
            Set<TopicPartition> wanted = wanted(always, channels);
            assign(consumer, wanted, assigned);
            assigned = wanted;
            changed = false;
          }
          if (!fresh.isEmpty()) {
            begun.accept(List.copyOf(fresh));
            fresh.clear();
          }
          waiting = consumer; // to be woken here alone: anything else would fail by it
          if (!assigned.isEmpty() && changes.isEmpty()) {
            deliver(consumer.poll(POLL));
          }
        } catch (WakeupException waked) {
          // looks again at what is wanted
        } finally {
          waiting = null;
        }
      }
    } finally {
      partitions.set(0);
    }
  }

  private static Set<TopicPartition> partitionsOfChats(KafkaConsumer<byte[], byte[]> consumer) {
    return consumer.partitionsFor(KafkaTopics.CHATS).stream()
        .map(info -> new TopicPartition(info.topic(), info.partition()))
        .collect(Collectors.toSet());
  }

  /**
   * @param patience how long to wait for the first
   */
  private boolean takeChanges(Duration patience) throws InterruptedException {
    boolean changed = false;
    for (Change change = changes.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        change != null;
        change = changes.poll()) {
      if (change.wanted) {
        present.add(change.interest);
        fresh.add(change.interest);
      } else {
        present.remove(change.interest);
        fresh.remove(change.interest);
      }
      changed = true;
    }
    return changed;
  }

  private Set<TopicPartition> wanted(Set<TopicPartition> always, int channels) {
    Set<TopicPartition> wanted = new HashSet<>(always);
    for (Interest interest : present) {
      if (interest.kind == Kind.CHANNEL) {
        int partition = KafkaTopics.partition(interest.conversation, channels);
        wanted.add(new TopicPartition(KafkaTopics.CHANNELS, partition));
      }
    }
    return wanted;
  }

  /**
   * Those that are read already go on where they are, also over a consumer that failed; others
   * begin at the end.
   */
  private void assign(
      KafkaConsumer<byte[], byte[]> consumer,
      Set<TopicPartition> wanted,
      Set<TopicPartition> assigned) {
    Set<TopicPartition> added = new HashSet<>(wanted);
    added.removeAll(assigned);
    Map<TopicPartition, Long> ends = added.isEmpty() ? Map.of() : consumer.endOffsets(added);
    if (!wanted.equals(assigned)) {
      consumer.assign(wanted);
    }
    reached.keySet().retainAll(wanted);
    ends.forEach(
        (partition, end) -> {
          long place = Math.min(reached.getOrDefault(partition, end), end);
          consumer.seek(partition, place);
          reached.put(partition, place);
        });
    partitions.set(wanted.size());
  }

  private void deliver(ConsumerRecords<byte[], byte[]> records) {
    List<EncodedEvent> batch = new ArrayList<>(records.count());
    for (ConsumerRecord<byte[], byte[]> record : records) {
      try {
        batch.add(EventRecords.decode(record));
      } catch (UndecodableRecordException e) {
        undecodable.increment();
        LOG.error("{}; its conversation is given from the log", e.getMessage());
      }
    }
    if (!batch.isEmpty()) {
      events.accept(batch);
    }
    for (TopicPartition partition : records.partitions()) {
      List<ConsumerRecord<byte[], byte[]>> read = records.records(partition);
      reached.put(partition, read.get(read.size() - 1).offset() + 1);
    }
  }
}
