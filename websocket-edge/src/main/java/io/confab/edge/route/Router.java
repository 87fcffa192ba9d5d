package io.confab.edge.route;

import io.confab.edge.redis.RedisCluster;
import io.confab.events.EncodedEvent;
import io.confab.events.EventLog;
import io.confab.events.Kind;
import io.confab.events.MemberChanges;
import io.confab.kafka.EventRecords;
import io.confab.kafka.KafkaClients;
import io.confab.kafka.KafkaLoop;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import io.confab.kafka.UndecodableRecordException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes its share of both topics, as a member of the consumer group {@value #GROUP}, and publishes
 * what it reads to the edges that need it. Another takes over within 9 s of its end, at once where
 * it is closed.
 *
 * <p>What adds members is published at least once: until it is, its partition's offset is not
 * committed, and it is tried again while what is behind it goes on, but for additions to the same
 * conversation, which keep their order. Everything else that cannot be published at the third
 * attempt is dropped, for the edges find it by comparing heads. Where the committed offset is not
 * in the partition any more, and in a partition that has none, it begins at the end.
 */
public final class Router implements AutoCloseable {
  /** The consumer group: a durable name, so it never changes. */
  public static final String GROUP = "confab.router";

  private static final Logger LOG = LoggerFactory.getLogger(Router.class);
  private static final int SESSION_MILLIS = 9_000;
  private static final int BATCH = 1_000;
  private static final Duration POLL = Duration.ofMillis(500);
  private static final int ATTEMPTS = 3;
  private static final long PAUSE_MILLIS = 100;
  private static final long STOP_MILLIS = 5_000;

  private final KafkaSettings settings;
  private final RedisCluster redis;
  private final Publisher publisher;
  private final Withheld withheld = new Withheld();
  private final Counter routed;
  private final Counter dropped;
  private final Counter jumps;
  private final Counter failures;
  private final Thread thread;
  private volatile @Nullable KafkaConsumer<byte[], byte[]> consumer;
  private volatile int partitions;
  private volatile long lag;
  private volatile boolean closed;

  // The thread's own.
  private final Map<TopicPartition, Long> positions = new HashMap<>();
  private boolean failing;

  public Router(
      KafkaSettings settings,
      EventLog log,
      ChatMembers members,
      Clock clock,
      RedisCluster redis,
      MeterRegistry meters) {
    this.settings = settings;
    this.redis = redis;
    this.publisher = new Publisher(log, members, clock, redis, meters);
    routed =
        Counter.builder("confab.router.routed")
            .description("Events that were to be published")
            .register(meters);
    dropped =
        Counter.builder("confab.router.dropped")
            .description("Of those, the ones that could not be, and that edges find for themselves")
            .register(meters);
    jumps =
        Counter.builder("confab.router.jumps")
            .description("Partitions begun at their end, because their offset was not there")
            .register(meters);
    failures =
        Counter.builder("confab.router.failures")
            .description("Failures that made the consumer anew")
            .register(meters);
    Gauge.builder("confab.router.withheld", withheld, Withheld::size)
        .description("Additions of members that are not published yet")
        .register(meters);
    Gauge.builder("confab.router.partitions", () -> partitions)
        .description("Partitions that this router reads")
        .register(meters);
    Gauge.builder("confab.router.lag", () -> lag)
        .baseUnit("events")
        .description("Records of these partitions that are not read")
        .register(meters);
    thread =
        new Thread(
            () -> KafkaLoop.run(settings, () -> closed, this::follow, this::failed), "router");
    thread.setDaemon(true);
  }

  /** Waits for Kafka, however long, and needs Redis neither to start nor to go on. */
  public void start() {
    var unused = redis.connect(); // so that the first events find it connected
    thread.start();
  }

  /** How many partitions this router reads now. */
  public int partitions() {
    return partitions;
  }

  /** How many additions of members are not published yet. */
  public int withheld() {
    return withheld.size();
  }

  /** Leaves the group when what is under way is done, after 5 s at most. */
  @Override
  public void close() {
    closed = true;
    KafkaConsumer<byte[], byte[]> present = consumer;
    if (present == null) {
      thread.interrupt();
    } else {
      present.wakeup();
    }
    try {
      thread.join(STOP_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    thread.interrupt();
  }

  private void failed(Throwable e) {
    failures.increment();
    LOG.error("The router failed, and goes on from what was committed", e);
  }

  private Map<String, Object> config() {
    Map<String, Object> config = KafkaClients.consumer(settings, GROUP);
    config.put(ConsumerConfig.GROUP_ID_CONFIG, GROUP);
    config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_MILLIS);
    config.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, SESSION_MILLIS / 3);
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, BATCH);
    config.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        CooperativeStickyAssignor.class.getName()); // whoever keeps a partition goes on with it
    return config;
  }

  private void follow() throws InterruptedException {
    try (KafkaConsumer<byte[], byte[]> made = new KafkaConsumer<>(config())) {
      consumer = made;
      made.subscribe(KafkaTopics.ALL, new Forgetting());
      while (!closed) {
        poll(made);
        retryWithheld();
        commit(made);
        measure(made);
      }
    } catch (WakeupException e) {
      LOG.debug("The router stops", e);
    } finally {
      consumer = null;
      partitions = 0;
      lag = 0;
      positions.clear();
      withheld.clear();
    }
  }

  private void poll(KafkaConsumer<byte[], byte[]> from) throws InterruptedException {
    if (withheld.full()) {
      from.pause(from.assignment());
    } else {
      from.resume(from.paused());
    }
    try {
      route(from.poll(withheld.size() == 0 ? POLL : Duration.ofMillis(PAUSE_MILLIS)));
    } catch (InvalidOffsetException e) {
      jump(from, e.partitions());
    }
  }

  /** Committed at once: whoever takes over is not to begin at a later end. */
  private void jump(KafkaConsumer<byte[], byte[]> from, Set<TopicPartition> lost) {
    from.seekToEnd(lost);
    for (TopicPartition partition : lost) {
      positions.put(partition, from.position(partition));
    }
    jumps.increment(lost.size());
    LOG.info("The router begins at the end of {}", lost);
  }

  private void route(ConsumerRecords<byte[], byte[]> records) throws InterruptedException {
    List<Routed> batch = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      TopicPartition partition = new TopicPartition(record.topic(), record.partition());
      try {
        EncodedEvent event = EventRecords.decode(record);
        boolean channel = record.topic().equals(KafkaTopics.CHANNELS);
        if (!channel || MemberChanges.any(event.type())) {
          Kind kind = channel ? Kind.CHANNEL : EventRecords.kind(record);
          Routed routed = new Routed(partition, record.offset(), new RoutedEvent(kind, event));
          if (routed.adds() && withheld.holds(partition, event.conversation())) {
            withheld.add(routed); // not before the other, or the stay between them would be lost
          } else {
            batch.add(routed);
          }
        }
      } catch (UndecodableRecordException e) {
        publisher.passOver(e);
      }
    }
    if (!batch.isEmpty()) {
      routed.increment(batch.size());
      publish(batch);
    }
    for (TopicPartition partition : records.partitions()) {
      List<ConsumerRecord<byte[], byte[]>> read = records.records(partition);
      positions.put(partition, read.get(read.size() - 1).offset() + 1);
    }
  }

  private void publish(List<Routed> batch) throws InterruptedException {
    List<Routed> left = withoutAdditions(publisher.publish(batch));
    // Not while nothing gets through: what waits then would be late once something does.
    for (int attempt = 1; attempt < ATTEMPTS && !left.isEmpty() && !failing; attempt++) {
      Thread.sleep(PAUSE_MILLIS);
      left = publisher.publish(left);
    }
    failing = !left.isEmpty();
    dropped.increment(left.size());
  }

  private List<Routed> withoutAdditions(List<Routed> failed) {
    failed.stream().filter(Routed::adds).forEach(withheld::add);
    return failed.stream().filter(each -> !each.adds()).toList();
  }

  private void retryWithheld() {
    List<Routed> due = withheld.due(System.nanoTime());
    if (!due.isEmpty()) {
      Set<Routed> failed = Set.copyOf(publisher.publish(due));
      due.stream().filter(each -> !failed.contains(each)).forEach(withheld::remove);
    }
  }

  private void commit(KafkaConsumer<byte[], byte[]> from) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    positions.forEach(
        (partition, position) ->
            offsets.put(
                partition, new OffsetAndMetadata(withheld.committable(partition, position))));
    if (offsets.isEmpty()) {
      return;
    }
    try {
      from.commitSync(offsets);
      positions.keySet().removeIf(partition -> !withheld.holds(partition));
    } catch (WakeupException stopped) {
      throw stopped;
    } catch (RebalanceInProgressException rebalancing) {
      LOG.debug("The router commits once it has its partitions", rebalancing);
    } catch (KafkaException e) {
      // What comes twice does no harm; it is committed with what comes next, or a poll later.
      LOG.warn("The router could not commit: {}", e.toString());
    }
  }

  private void measure(KafkaConsumer<byte[], byte[]> from) {
    long sum = 0;
    int read = 0;
    for (TopicPartition partition : from.assignment()) {
      OptionalLong behind = from.currentLag(partition); // known once it was fetched from
      if (behind.isPresent()) {
        sum += behind.getAsLong();
        read++;
      }
    }
    lag = sum;
    partitions = read;
  }

  /** What another reads from now on is its to publish and commit. */
  private final class Forgetting implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> gone) {
      gone.forEach(positions::remove);
      withheld.remove(gone);
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> come) {
      LOG.debug("The router reads {}", come);
    }
  }
}
