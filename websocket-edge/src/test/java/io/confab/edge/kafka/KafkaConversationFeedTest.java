package io.confab.edge.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confab.edge.ConversationFeed;
import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisNodes;
import io.confab.edge.route.EdgePush;
import io.confab.events.EncodedEvent;
import io.confab.kafka.Events;
import io.confab.kafka.KafkaClients;
import io.confab.kafka.KafkaMirror;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import io.confab.kafka.LocalKafka;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaConversationFeedTest {
  private static final Duration LONG = Duration.ofSeconds(90);
  private static final Duration NEVER = Duration.ofHours(1);
  private static final Duration SOON = Duration.ofMillis(50);
  private static final int PARTITIONS = 64;

  @TempDir static Path directory;
  private static LocalKafka kafka;
  private static KafkaSettings settings;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Heard heard = new Heard();

  @BeforeAll
  static void startBroker() throws Exception {
    kafka = LocalKafka.start(directory);
    settings = kafka.settings(PARTITIONS);
  }

  @AfterAll
  static void stopBroker() throws Exception {
    kafka.close();
  }

  @BeforeEach
  void freshTopics() throws Exception {
    kafka.clear();
    KafkaTopics.ensure(settings);
  }

  /** Keeps what it is told, and holds that each conversation comes in order. */
  private static final class Heard implements ConversationFeed.Listener {
    private final Map<String, Set<Long>> events = new ConcurrentHashMap<>();
    private final Map<String, Long> heads = new ConcurrentHashMap<>();

    @Override
    public void onEvents(List<EncodedEvent> brought) {
      for (EncodedEvent event : brought) {
        events
            .computeIfAbsent(event.conversation(), key -> new ConcurrentSkipListSet<>())
            .add(event.sequence());
      }
    }

    @Override
    public void onHead(String conversation, long head) {
      heads.merge(conversation, head, Math::max);
    }

    long head(String conversation) {
      return heads.getOrDefault(conversation, -1L);
    }

    int count(String conversation) {
      return events.getOrDefault(conversation, Set.of()).size();
    }
  }

  @Test
  void onlyThePartitionsOfChannelsWithInterestAreFetched() throws Exception {
    Events log = new Events(300, 300);
    List<String> channels = List.of("c-0", "c-3", "c-6");
    Set<TopicPartition> interesting =
        channels.stream().map(KafkaConversationFeedTest::place).collect(Collectors.toSet());
    List<TopicPartition> all =
        IntStream.range(0, PARTITIONS)
            .mapToObj(i -> new TopicPartition(KafkaTopics.CHANNELS, i))
            .toList();
    try (RedisCluster redis = new RedisCluster(RedisNodes.shared().settings());
        KafkaMirror mirror = new KafkaMirror(settings, log, meters)) {
      EdgePush push = new EdgePush("e-1", Clock.systemUTC(), redis, meters);
      KafkaConversationFeed feed = feed(log, push, NEVER);
      ConversationFeed.Subscription subscription = feed.subscribe(heard);
      channels.forEach(channel -> feed.interest(channel, true));
      awaitPartitions(interesting.size());
      mirror.publish(log.read(0, 300));
      log.grow(30_000);
      mirror.publish(log.read(300, 30_000));
      await()
          .atMost(LONG)
          .until(() -> channels.stream().allMatch(channel -> heard.count(channel) == 101));

      double fetched = bytesConsumed("*"); // of both topics, by whatever consumer there is
      assertThat(fetched).isPositive().isLessThanOrEqualTo(bytesOf(interesting));
      assertThat(bytesOf(all)).isGreaterThan(10 * fetched);
      subscription.close();
    }
  }

  @Test
  void chatsAreReadWhole() throws Exception {
    Events log = new Events(30, 0);
    try (ConversationFeed.Subscription subscription = feed(log, NEVER).subscribe(heard);
        KafkaMirror mirror = new KafkaMirror(settings, log, meters)) {
      awaitPartitions(PARTITIONS);
      log.grow(300);
      mirror.publish(log.read(0, 300));
      await().atMost(LONG).until(() -> heard.count("c-1") == 10 && heard.count("c-29") == 10);
      assertThat(heard.count("c-0")).isZero();
      assertThat(subscription).isNotNull();
    }
  }

  @Test
  void aNewInterestIsToldWhatTheLogHas() {
    Events log = new Events(1, 5);
    KafkaConversationFeed feed = feed(log, NEVER);
    try (ConversationFeed.Subscription subscription = feed.subscribe(heard)) {
      feed.interest("c-0", true);
      await().atMost(LONG).until(() -> heard.head("c-0") == 4);
      assertThat(subscription).isNotNull();
    }
  }

  @Test
  void whatTheFeedDoesNotBringIsFoundByComparingHeads() {
    Events log = new Events(1, 5);
    KafkaConversationFeed feed = feed(log, SOON);
    try (ConversationFeed.Subscription subscription = feed.subscribe(heard)) {
      feed.interest("c-0", true);
      await().atMost(LONG).until(() -> heard.head("c-0") == 4);
      log.grow(3);
      await().atMost(LONG).until(() -> heard.head("c-0") == 7);
      assertThat(subscription).isNotNull();
    }
  }

  @Test
  void aRecordThatIsNoEventIsCountedAndPassedOver() throws Exception {
    Events log = new Events(1, 0);
    KafkaConversationFeed feed = feed(log, NEVER);
    try (ConversationFeed.Subscription subscription = feed.subscribe(heard);
        KafkaMirror mirror = new KafkaMirror(settings, log, meters)) {
      log.grow(1);
      feed.interest("c-0", true);
      awaitPartitions(PARTITIONS + 1);
      poison(place("c-0"));
      mirror.publish(log.read(0, 1));
      await().atMost(LONG).until(() -> heard.count("c-0") == 1);
      assertThat(meters.counter("confab.edge.feed.undecodable").count()).isEqualTo(1);
      assertThat(subscription).isNotNull();
    }
  }

  private KafkaConversationFeed feed(Events log, Duration compareEvery) {
    return feed(log, null, compareEvery);
  }

  private KafkaConversationFeed feed(Events log, EdgePush push, Duration compareEvery) {
    return new KafkaConversationFeed(
        settings, log, push, meters, new KafkaConversationFeed.Rhythm(compareEvery, SOON, NEVER));
  }

  private void awaitPartitions(int partitions) {
    await()
        .atMost(LONG)
        .until(() -> meters.get("confab.edge.feed.partitions").gauge().value() == partitions);
  }

  private static TopicPartition place(String channel) {
    return new TopicPartition(
        KafkaTopics.CHANNELS, KafkaTopics.partition(channel, settings.partitions()));
  }

  private static void poison(TopicPartition place) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", kafka.servers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer
          .send(new ProducerRecord<>(place.topic(), place.partition(), new byte[1], new byte[1]))
          .get();
    }
  }

  /** What a consumer of those partitions has fetched when it has read them whole. */
  private static double bytesOf(Iterable<TopicPartition> partitions) throws Exception {
    List<TopicPartition> list =
        java.util.stream.StreamSupport.stream(partitions.spliterator(), false).toList();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(KafkaClients.consumer(settings, "control"))) {
      consumer.assign(list);
      consumer.seekToBeginning(list);
      Map<TopicPartition, Long> ends = consumer.endOffsets(list);
      while (list.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        consumer.poll(Duration.ofMillis(100));
      }
      return bytesConsumed("control");
    }
  }

  /**
   * Kafka's own metric.
   *
   * @param client its id, or {@code *} for all that run
   */
  private static double bytesConsumed(String client) throws Exception {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    double sum = 0;
    for (ObjectName name :
        server.queryNames(
            new ObjectName(
                "kafka.consumer:type=consumer-fetch-manager-metrics,client-id=" + client),
            null)) {
      sum += (Double) server.getAttribute(name, "bytes-consumed-total");
    }
    return sum;
  }
}
