package io.confab.kafka;

import io.confab.events.EncodedEvent;
import io.confab.events.EventJson;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A way through both topics from their beginning to the end that they had when this was opened,
 * which gives each event once. For one thread.
 *
 * <p>The order is always the same: the partitions of {@code confab.channels} by their number, then
 * those of {@code confab.chats}, and each in its own order. So the events of a conversation come in
 * their order; of two conversations it says nothing about which was earlier.
 *
 * <p>Events that are ahead of their conversation, as the change feed may bring them at the end of a
 * bucket, wait for what is before them in the partition, at most 10,000.
 *
 * <p>Holds some MB of records besides, and one number for each conversation of the partition that
 * is being read. Fetches nothing while it is not asked.
 */
public final class KafkaLog implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(500);

  /** How long Kafka may give nothing where there is something. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Events that may wait for those before them. */
  private static final int AHEAD = 10_000;

  private final KafkaSettings settings;
  private final Consumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions = new ArrayList<>();
  private final Map<TopicPartition, Long> ends;
  private final Map<String, Long> last = new HashMap<>();
  private final Map<Place, Entry> ahead = new LinkedHashMap<>();
  private int reading = -1;
  private long end;

  /**
   * An event of the log.
   *
   * @param at the envelope's time; the record's own is that of the mirror
   */
  public record Entry(Instant at, EncodedEvent event) {}

  private record Place(String conversation, long sequence) {}

  private KafkaLog(KafkaSettings settings, Consumer<byte[], byte[]> consumer) {
    this.settings = settings;
    this.consumer = consumer;
    for (String topic : KafkaTopics.ALL) {
      consumer.partitionsFor(topic).stream()
          .map(PartitionInfo::partition)
          .sorted(Comparator.naturalOrder())
          .forEach(number -> partitions.add(new TopicPartition(topic, number)));
    }
    this.ends = consumer.endOffsets(partitions);
    consumer
        .beginningOffsets(partitions)
        .forEach(
            (partition, first) -> {
              if (first > 0) {
                throw new IncompleteLogException(
                    partition + " begins with offset " + first + ": what was before is gone");
              }
            });
  }

  /**
   * Opens the log at its beginning.
   *
   * @throws IncompleteLogException where the beginning of a partition is gone
   * @throws KafkaException where Kafka does not answer within 10 s, or has no such topic
   */
  public static KafkaLog open(KafkaSettings settings) {
    Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(KafkaClients.consumer(settings, "confab-replay"));
    boolean opened = false;
    try {
      KafkaLog log = new KafkaLog(settings, consumer);
      opened = true;
      return log;
    } finally {
      if (!opened) {
        consumer.close();
      }
    }
  }

  /**
   * The next few events, or null behind the last.
   *
   * @throws IncompleteLogException where a conversation has a hole, at the latest behind the end of
   *     its partition
   * @throws UndecodableRecordException where a record is no event
   * @throws KafkaException where Kafka gives nothing for 30 s
   */
  public @Nullable List<Entry> read() {
    List<Entry> entries = new ArrayList<>();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (entries.isEmpty()) {
      if (atEnd() && !nextPartition()) {
        return null;
      }
      boolean given = false;
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        given = true;
        if (record.offset() < end) {
          add(record, entries);
        }
      }
      if (given) {
        deadline = System.nanoTime() + PATIENCE.toNanos();
      } else if (System.nanoTime() > deadline && !atEnd()) {
        throw new KafkaException(
            "Kafka at %s has given nothing of %s for %d s"
                .formatted(settings.servers(), partitions.get(reading), PATIENCE.toSeconds()));
      }
    }
    return entries;
  }

  private boolean atEnd() {
    return reading < 0 || consumer.position(partitions.get(reading)) >= end;
  }

  /** Goes to the beginning of the next partition that holds something; false where none does. */
  private boolean nextPartition() {
    if (!ahead.isEmpty()) {
      throw missing();
    }
    last.clear();
    while (++reading < partitions.size()) {
      TopicPartition partition = partitions.get(reading);
      end = ends.getOrDefault(partition, 0L);
      if (end > 0) {
        consumer.assign(List.of(partition));
        consumer.seek(partition, 0);
        return true;
      }
    }
    reading = -1;
    partitions.clear();
    return false;
  }

  private void add(ConsumerRecord<byte[], byte[]> record, List<Entry> entries) {
    EncodedEvent event = EventRecords.decode(record);
    if (event.sequence() < next(event.conversation())) {
      return; // mirrored again
    }
    Instant at = EventJson.at(event.envelope());
    if (at == null) {
      throw new UndecodableRecordException(record, "its envelope has no time");
    }
    ahead.put(new Place(event.conversation(), event.sequence()), new Entry(at, event));
    Place next = new Place(event.conversation(), next(event.conversation()));
    for (Entry entry; (entry = ahead.remove(next)) != null; ) {
      last.put(next.conversation, next.sequence);
      entries.add(entry);
      next = new Place(next.conversation, next.sequence + 1);
    }
    if (ahead.size() > AHEAD) {
      throw missing();
    }
  }

  private long next(String conversation) {
    return last.getOrDefault(conversation, -1L) + 1;
  }

  private IncompleteLogException missing() {
    Place waiting = ahead.keySet().iterator().next();
    return new IncompleteLogException(
        "%s has event %d of %s, but not event %d"
            .formatted(
                partitions.get(reading),
                waiting.sequence,
                waiting.conversation,
                next(waiting.conversation)));
  }

  @Override
  public void close() {
    consumer.close();
  }
}
