package io.confab.kafka;

import io.confab.events.EncodedEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A way through both topics from their beginning to the end that they had when this was opened, or
 * to one that is given, which gives each event once. For one thread.
 *
 * <p>The order is always the same: the partitions of {@code confab.channels} by their number, then
 * those of {@code confab.chats}, and each in its own order. So the events of a conversation come in
 * their order; of two conversations it says nothing about which was earlier.
 *
 * <p>Events that are ahead of their conversation, as the change feed may bring them at the end of a
 * bucket, wait for what is before them. At most 10,000 do; where more are ahead, as when two
 * buckets were mirrored side by side, the partition is read again from the first that found no
 * room, for as long as that brings a conversation further.
 *
 * <p>Holds some MB of records besides, and one number for each conversation of the partition that
 * is being read. Fetches nothing while it is not asked.
 */
public final class KafkaLog implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(500);

  /** How long Kafka may give nothing where there is something. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Events that may wait for those before them, besides which the partition is read again. */
  private static final int AHEAD = 10_000;

  private final Consumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions;
  private final Map<TopicPartition, Long> ends;
  private final Map<String, Long> last = new HashMap<>();
  private final Map<Place, Entry> ahead = new LinkedHashMap<>();
  private int reading = -1;
  private long begin;
  private long end;

  /** The offset of the first event that found no room among those ahead; -1 where all did. */
  private long leftOut = -1;

  /** Whether the partition is not read for the first time. */
  private boolean again;

  /** Whether this reading of the partition has brought a conversation further. */
  private boolean further;

  /**
   * An event of the log.
   *
   * @param index of its record among those that are read, from 0
   * @param at the envelope's time; the record's own is that of the mirror
   */
  public record Entry(long index, Instant at, EncodedEvent event) {}

  private record Place(String conversation, long sequence) {}

  private KafkaLog(Consumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends, long from) {
    this.consumer = consumer;
    this.partitions = List.copyOf(ends.keySet());
    this.ends = ends;
    while (reading + 1 < partitions.size() && begin + end(reading + 1) <= from) {
      reading++;
      begin += end(reading);
    }
  }

  /**
   * Opens the log at its beginning.
   *
   * @throws IncompleteLogException where the beginning of a partition is gone
   * @throws KafkaException where Kafka does not answer within 10 s, or has no such topic
   */
  public static KafkaLog open(KafkaSettings settings) {
    return open(
        settings,
        consumer -> {
          List<TopicPartition> partitions = new ArrayList<>();
          for (String topic : KafkaTopics.ALL) {
            consumer.partitionsFor(topic).stream()
                .map(PartitionInfo::partition)
                .sorted(Comparator.naturalOrder())
                .forEach(number -> partitions.add(new TopicPartition(topic, number)));
          }
          Map<TopicPartition, Long> present = consumer.endOffsets(partitions);
          Map<TopicPartition, Long> ends = new LinkedHashMap<>();
          partitions.forEach(partition -> ends.put(partition, present.getOrDefault(partition, 0L)));
          return new KafkaLog(consumer, ends, 0);
        });
  }

  /**
   * Opens that part of the log, at the beginning of the partition that holds the record {@code
   * from}. The same part gives the same entries, whoever reads it and whenever.
   *
   * @param from an index among the records of the extent; behind the last: nothing is read
   * @throws IncompleteLogException where the beginning of a partition is gone, or the end to which
   *     it is to be read
   * @throws KafkaException where Kafka does not answer within 10 s
   */
  public static KafkaLog open(KafkaSettings settings, KafkaExtent extent, long from) {
    return open(
        settings,
        consumer -> {
          Map<TopicPartition, Long> ends = extent.ends();
          Map<TopicPartition, Long> present = consumer.endOffsets(ends.keySet());
          ends.forEach((partition, end) -> requireEnd(partition, end, present.get(partition)));
          return new KafkaLog(consumer, ends, from);
        });
  }

  private static KafkaLog open(
      KafkaSettings settings, Function<Consumer<byte[], byte[]>, KafkaLog> opening) {
    Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(KafkaClients.reader(settings, "confab-replay"));
    boolean opened = false;
    try {
      KafkaLog log = opening.apply(consumer);
      consumer.beginningOffsets(log.partitions).forEach(KafkaLog::requireBeginning);
      opened = true;
      return log;
    } finally {
      if (!opened) {
        consumer.close();
      }
    }
  }

  static void requireBeginning(TopicPartition partition, long first) {
    if (first > 0) {
      throw new IncompleteLogException(
          partition + " begins with offset " + first + ": what was before is gone");
    }
  }

  private static void requireEnd(TopicPartition partition, long end, @Nullable Long present) {
    if (present == null || present < end) {
      throw new IncompleteLogException(
          "%s ends with offset %d, and is to be read up to %d: what was there is gone"
              .formatted(partition, present, end));
    }
  }

  /**
   * How many records are passed, of those before {@link #partitionBegin} too. All of a partition
   * are where it is read again.
   */
  public long position() {
    if (again) {
      return begin + end;
    }
    return within() ? begin + Math.min(end, consumer.position(partitions.get(reading))) : begin;
  }

  /** The index of the first record of the partition that is being read. */
  public long partitionBegin() {
    return begin;
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
      if (atEnd() && !readAgain() && !nextPartition()) {
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
            "nothing of %s has come for %d s"
                .formatted(partitions.get(reading), PATIENCE.toSeconds()));
      }
    }
    return entries;
  }

  private boolean atEnd() {
    return !within() || consumer.position(partitions.get(reading)) >= end;
  }

  /** Whether a partition is being read. */
  private boolean within() {
    return end > 0;
  }

  private long end(int partition) {
    return ends.getOrDefault(partitions.get(partition), 0L);
  }

  /**
   * Goes back to the first event that found no room. Each reading gives at least the next event of
   * every conversation that has one, so where it gave none, an event is missing.
   */
  private boolean readAgain() {
    if (leftOut < 0 || !further) {
      return false;
    }
    consumer.seek(partitions.get(reading), leftOut);
    again = true;
    leftOut = -1;
    further = false;
    return true;
  }

  /** Goes to the beginning of the next partition that holds something; false where none does. */
  private boolean nextPartition() {
    if (!ahead.isEmpty()) {
      throw missing();
    }
    last.clear();
    again = false;
    further = false;
    begin += end;
    end = 0;
    while (reading + 1 < partitions.size()) {
      reading++;
      end = end(reading);
      if (end > 0) {
        consumer.assign(List.of(partitions.get(reading)));
        consumer.seek(partitions.get(reading), 0);
        return true;
      }
    }
    return false;
  }

  private void add(ConsumerRecord<byte[], byte[]> record, List<Entry> entries) {
    EncodedEvent event = EventRecords.decode(record);
    long next = next(event.conversation());
    if (event.sequence() < next) {
      return; // mirrored, or read, again
    }
    Place place = new Place(event.conversation(), event.sequence());
    Entry entry = new Entry(begin + record.offset(), EventRecords.at(record), event);
    if (event.sequence() == next) {
      give(place, entry, entries);
    } else if (ahead.size() < AHEAD || ahead.containsKey(place)) {
      ahead.put(place, entry);
    } else if (leftOut < 0) {
      leftOut = record.offset();
    }
  }

  /** With those that waited for it. */
  private void give(Place place, Entry entry, List<Entry> entries) {
    further = true;
    ahead.remove(place); // it may have come twice
    Place at = place;
    for (Entry next = entry; next != null; next = ahead.remove(at)) {
      last.put(at.conversation, at.sequence);
      entries.add(next);
      at = new Place(at.conversation, at.sequence + 1);
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
