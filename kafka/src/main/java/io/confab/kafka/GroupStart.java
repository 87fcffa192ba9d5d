package io.confab.kafka;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.jspecify.annotations.Nullable;

/**
 * Where a consumer group other than Confab's begins to read both topics, such as that of a new
 * projection: in each partition with the first record whose event happened at a given time or
 * later, and where there is none, behind the last. For one thread.
 *
 * <p>All records before that one are of older events. Those behind it need not be newer: times do
 * not follow the order of the log, and what was mirrored again comes again. So a reader skips, by
 * the sequence, what it has seen of a conversation, and does not expect a conversation to begin
 * with event 0.
 *
 * <p>Kafka's index of times is of little help, because a record's time is when it was mirrored and
 * not when its event happened, which stands in the envelope. An event is mirrored after it
 * happened: what was mirrored before the time sought is older, provided that the clocks of who
 * wrote the event and who mirrored it agree. So the index tells where to begin the search, for the
 * time sought less {@link #CLOCKS}; from there on the envelopes are read, one by one, up to the
 * first that is new enough.
 *
 * <p>Nothing is set before {@link #set}, which sets all at once. Kafka drops the offsets of a group
 * that nobody has read with for {@code offsets.retention.minutes}, a week as it comes.
 */
public final class GroupStart implements AutoCloseable {
  /** With what the names of Confab's own groups begin. */
  public static final String OWN = "confab.";

  /** By how much the clocks of Confab's machines may disagree. */
  public static final Duration CLOCKS = Duration.ofHours(1);

  private static final Duration POLL = Duration.ofMillis(500);

  /** How long Kafka may give nothing where there is something. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final String group;
  private final Instant since;
  private final Admin admin;
  private final Consumer<byte[], byte[]> consumer;
  private final Map<TopicPartition, Long> ends;
  private final Map<TopicPartition, Long> starts = new HashMap<>();
  private long deadline = System.nanoTime() + PATIENCE.toNanos();

  private GroupStart(
      String group,
      Instant since,
      Admin admin,
      Consumer<byte[], byte[]> consumer,
      Map<TopicPartition, Long> ends) {
    this.group = group;
    this.since = since;
    this.admin = admin;
    this.consumer = consumer;
    this.ends = ends;
  }

  /**
   * Begins the search.
   *
   * @param since of events that happened then or later; null for all from the first
   * @throws IllegalArgumentException where the group is one of Confab's own
   * @throws GroupInUseException where the group has members
   * @throws TopicMismatchException where a topic is missing
   * @throws IncompleteLogException where the beginning of a partition is gone
   * @throws KafkaException where Kafka does not answer within 10 s
   */
  public static GroupStart open(KafkaSettings settings, String group, @Nullable Instant since) {
    if (group.startsWith(OWN)) {
      throw new IllegalArgumentException(group + " is one of Confab's own groups");
    }
    Map<TopicPartition, Long> ends = KafkaExtent.now(settings).ends();
    GroupStart start =
        new GroupStart(
            group,
            since == null ? Instant.MIN : since,
            Admin.create(KafkaClients.admin(settings)),
            new KafkaConsumer<>(KafkaClients.reader(settings, "confab-replay")),
            ends);
    boolean opened = false;
    try {
      start.requireNoMembers();
      start.begin();
      opened = true;
      return start;
    } finally {
      if (!opened) {
        start.close();
      }
    }
  }

  private void requireNoMembers() {
    KafkaFuture<ConsumerGroupDescription> description =
        admin.describeConsumerGroups(List.of(group)).describedGroups().get(group);
    try {
      int members = description == null ? 0 : KafkaClients.get(description).members().size();
      if (members > 0) {
        throw new GroupInUseException(group, members + " members");
      }
    } catch (GroupIdNotFoundException e) {
      // it is new
    }
  }

  private void begin() {
    if (since.equals(Instant.MIN)) {
      ends.keySet().forEach(partition -> starts.put(partition, 0L));
      return;
    }
    long millis = lowestTime(since);
    Map<TopicPartition, Long> times = new HashMap<>();
    ends.keySet().forEach(partition -> times.put(partition, millis));
    Map<TopicPartition, OffsetAndTimestamp> lowest = consumer.offsetsForTimes(times);
    consumer.assign(ends.keySet());
    ends.forEach(
        (partition, end) -> {
          OffsetAndTimestamp found = lowest.get(partition); // null where all records are older
          consumer.seek(partition, found == null ? end : Math.min(end, found.offset()));
        });
    leaveFound();
  }

  /** In milliseconds since the epoch, within what Kafka takes. */
  private static long lowestTime(Instant since) {
    long seconds = since.getEpochSecond() - CLOCKS.toSeconds();
    return Math.max(0, Math.min(seconds, Long.MAX_VALUE / 1_000)) * 1_000;
  }

  /**
   * Looks at the next few records.
   *
   * @return whether there is more to look at
   * @throws UndecodableRecordException where a record is no event
   * @throws KafkaException where Kafka gives nothing for 30 s
   */
  public boolean search() {
    if (starts.size() == ends.size()) {
      return false;
    }
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
      deadline = System.nanoTime() + PATIENCE.toNanos();
      TopicPartition partition = new TopicPartition(record.topic(), record.partition());
      if (!starts.containsKey(partition)
          && record.offset() < end(partition)
          && !EventRecords.at(record).isBefore(since)) {
        starts.put(partition, record.offset());
      }
    }
    leaveFound();
    if (System.nanoTime() > deadline) {
      throw new KafkaException("nothing has come for %d s".formatted(PATIENCE.toSeconds()));
    }
    return starts.size() < ends.size();
  }

  private void leaveFound() {
    Set<TopicPartition> found = new HashSet<>();
    for (TopicPartition partition : consumer.assignment()) {
      if (consumer.position(partition) >= end(partition)) {
        starts.putIfAbsent(partition, end(partition));
      }
      if (starts.containsKey(partition)) {
        found.add(partition);
      }
    }
    consumer.pause(found);
  }

  private long end(TopicPartition partition) {
    return ends.getOrDefault(partition, 0L);
  }

  /** How many records there are, of which the search passes some and needs not look at all. */
  public long records() {
    return ends.values().stream().mapToLong(Long::longValue).sum();
  }

  /** How many records need no more be looked at. */
  public long passed() {
    long passed = 0;
    for (TopicPartition partition : ends.keySet()) {
      passed += starts.containsKey(partition) ? end(partition) : consumer.position(partition);
    }
    return passed;
  }

  /**
   * Sets what was found as the group's committed offsets, in place of those that it has. Durable as
   * Kafka's own offsets are when it returns.
   *
   * @return by topic, in the order in which a replay reads them, the offsets of its partitions by
   *     their number
   * @throws IllegalStateException where the search is not over
   * @throws GroupInUseException where the group has got members meanwhile; nothing is set then
   * @throws KafkaException where Kafka does not answer within 10 s; all may be set then, or nothing
   */
  public Map<String, List<Long>> set() {
    if (starts.size() < ends.size()) {
      throw new IllegalStateException("not every partition has been searched");
    }
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    starts.forEach((partition, start) -> offsets.put(partition, new OffsetAndMetadata(start)));
    try {
      var unused = KafkaClients.get(admin.alterConsumerGroupOffsets(group, offsets).all());
    } catch (UnknownMemberIdException | GroupNotEmptyException e) {
      throw new GroupInUseException(group, "members");
    }
    Map<String, List<Long>> set = new LinkedHashMap<>();
    ends.keySet()
        .forEach(
            partition ->
                set.computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
                    .add(starts.getOrDefault(partition, 0L)));
    return set;
  }

  @Override
  public void close() {
    consumer.close();
    admin.close();
  }
}
