package io.confab.edge.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisNodes;
import io.confab.edge.redis.ShardedChannels;
import io.confab.kafka.Events;
import io.confab.kafka.KafkaMirror;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import io.confab.kafka.LocalKafka;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Routers on a real Kafka and a real Redis, and an edge that has sessions of alice. */
class RouterTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  /** Longer than a takeover takes after the session's 9 s, shorter than Kafka's session of 45 s. */
  private static final Duration TAKEOVER = Duration.ofSeconds(30);

  private static final int PARTITIONS = 4;
  private static final String EDGE = "e";

  @TempDir static Path directory;
  private static LocalKafka kafka;
  private static KafkaSettings settings;
  private static RedisCluster redis;
  private static ScheduledExecutorService here;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final List<RoutedEvent> received = new CopyOnWriteArrayList<>();
  private final List<Router> routers = new ArrayList<>();
  private final ShardedChannels channels = new ShardedChannels(redis);

  @BeforeAll
  static void startServers() throws Exception {
    redis = new RedisCluster(RedisNodes.shared().settings());
    redis.connect().join();
    kafka = LocalKafka.start(directory);
    settings = kafka.settings(PARTITIONS);
    UserEdges userEdges = new UserEdges(redis);
    here = Executors.newSingleThreadScheduledExecutor();
    here.scheduleWithFixedDelay(
        () -> userEdges.register(EDGE, List.of("alice"), System.currentTimeMillis()),
        0,
        1,
        TimeUnit.SECONDS);
  }

  @AfterAll
  static void stopServers() throws Exception {
    here.shutdownNow();
    kafka.close();
    redis.close();
  }

  @BeforeEach
  void fresh() throws Exception {
    kafka.clear(Router.GROUP);
    KafkaTopics.ensure(settings);
  }

  @AfterEach
  void stop() {
    routers.forEach(Router::close);
    channels.close();
  }

  private Router start(Events log) {
    return start(log, meters);
  }

  private Router start(Events log, SimpleMeterRegistry registry) {
    Router router =
        new Router(settings, log, RouterProcess.ALICE, Clock.systemUTC(), redis, registry);
    router.start();
    routers.add(router);
    return router;
  }

  private void listen() {
    channels.add(UserEdges.channel(EDGE), this::take).join();
  }

  private void take(String message) {
    received.add(RoutedEvent.of(message));
  }

  private Set<Long> sequences(String conversation) {
    Set<Long> sequences = new TreeSet<>();
    for (RoutedEvent routed : received) {
      if (routed.event().conversation().equals(conversation)) {
        sequences.add(routed.event().sequence());
      }
    }
    return sequences;
  }

  private static void awaitPartitions(Router router, int partitions) {
    await().atMost(LONG).until(() -> router.partitions() == partitions);
  }

  private static Map<TopicPartition, Long> committed() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.servers()))) {
      Map<TopicPartition, Long> committed = new HashMap<>();
      admin
          .listConsumerGroupOffsets(Router.GROUP)
          .partitionsToOffsetAndMetadata()
          .get()
          .forEach((partition, offset) -> committed.put(partition, offset.offset()));
      return committed;
    }
  }

  private static TopicPartition place(String topic, String conversation) {
    return new TopicPartition(topic, KafkaTopics.partition(conversation, PARTITIONS));
  }

  @Test
  void chatsAreRoutedWholeAndChannelsWhereMembersChange() throws Exception {
    listen();
    Events log = new Events(3, 0);
    Router router = start(log);
    awaitPartitions(router, 2 * PARTITIONS);
    try (KafkaMirror mirror = new KafkaMirror(settings, log, meters)) {
      poison(place(KafkaTopics.CHATS, "c-1"));
      log.grow(30);
      mirror.publish(log.read(0, 30));
    }
    await().atMost(LONG).until(() -> received.size() >= 21);
    assertThat(sequences("c-0")).as("a channel").containsExactly(0L);
    assertThat(sequences("c-1")).hasSize(10);
    assertThat(sequences("c-2")).hasSize(10);
    assertThat(received).hasSize(21);
    assertThat(received.get(0).event().envelope())
        .isEqualTo(
            log.read(received.get(0).event().conversation(), received.get(0).event().sequence(), 1)
                .get(0)
                .envelope());
    assertThat(meters.counter("confab.router.malformed").count()).isEqualTo(1);
  }

  @Test
  void anAdditionIsCommittedOnlyOnceItIsPublished() throws Exception {
    redis.run(c -> c.del(RecentJoins.key("alice"))).join();
    Events log = new Events(2, 0);
    Router router = start(log);
    awaitPartitions(router, 2 * PARTITIONS);
    try (KafkaMirror mirror = new KafkaMirror(settings, log, meters)) {
      log.grow(20);
      mirror.publish(log.read(0, 20)); // to an edge that does not listen
    }
    await().atMost(LONG).until(() -> router.withheld() == 2);
    assertThat(new RecentJoins(redis).of("alice").join()).contains("c-0", "c-1");
    TopicPartition channel = place(KafkaTopics.CHANNELS, "c-0");
    TopicPartition chat = place(KafkaTopics.CHATS, "c-1");
    await().atMost(LONG).until(() -> committed().containsKey(chat));
    Thread.sleep(1_000);
    assertThat(committed()).containsEntry(channel, 0L).containsEntry(chat, 0L);
    router.close();

    Router other = start(log, new SimpleMeterRegistry());
    awaitPartitions(other, 2 * PARTITIONS);
    await().atMost(LONG).until(() -> other.withheld() == 2);
    listen();
    await().atMost(LONG).until(() -> sequences("c-0").contains(0L));
    await().atMost(LONG).until(() -> sequences("c-1").contains(0L));
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> assertThat(committed()).containsEntry(channel, 10L).containsEntry(chat, 10L));
    assertThat(other.withheld()).isZero();
  }

  @Test
  void whoeverFindsItsOffsetGoneBeginsAtTheEndAndCommitsThat() throws Exception {
    listen();
    Events log = new Events(3, 0);
    try (KafkaMirror mirror = new KafkaMirror(settings, log, meters);
        Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.servers()))) {
      log.grow(30);
      mirror.publish(log.read(0, 30));
      TopicPartition chat = place(KafkaTopics.CHATS, "c-1");
      admin
          .alterConsumerGroupOffsets(Router.GROUP, Map.of(chat, new OffsetAndMetadata(1_000)))
          .all()
          .get();
      Router router = start(log);
      awaitPartitions(router, 2 * PARTITIONS);
      await().atMost(LONG).until(() -> committed().size() == 2 * PARTITIONS);
      await().atMost(LONG).until(() -> committed().get(chat) < 1_000);
      assertThat(received).isEmpty();
      assertThat(meters.counter("confab.router.jumps").count()).isEqualTo(2 * PARTITIONS);
      log.grow(3);
      mirror.publish(log.read(30, 3));
      await().atMost(LONG).until(() -> sequences("c-1").equals(Set.of(10L)));
    }
  }

  @Test
  void aRouterThatIsKilledHasItsPartitionsTakenOver() throws Exception {
    int chats = 30;
    listen();
    Events log = new Events(chats, 0);
    Router router = start(log);
    Process killed = RouterProcess.start(settings, chats, RedisNodes.shared().settings());
    try (BufferedReader out = killed.inputReader();
        KafkaMirror mirror = new KafkaMirror(settings, log, meters)) {
      await().atMost(LONG).until(() -> said(out).equals("" + PARTITIONS));
      awaitPartitions(router, PARTITIONS);
      log.grow(10L * chats);
      mirror.publish(log.read(0, 10 * chats));
      awaitHeads(chats, 9, LONG);

      killed.destroyForcibly().waitFor();
      log.grow(10L * chats);
      mirror.publish(log.read(10L * chats, 10 * chats));
      awaitHeads(chats, 19, TAKEOVER);
      awaitPartitions(router, 2 * PARTITIONS);
    } finally {
      killed.destroyForcibly().waitFor();
    }
  }

  private static String said(BufferedReader out) throws IOException {
    String line = out.readLine();
    assertThat(line).as("a line of a process that has not ended").isNotNull();
    return line;
  }

  private void awaitHeads(int chats, long head, Duration limit) {
    Set<String> wanted = ConcurrentHashMap.newKeySet();
    IntStream.range(0, chats).filter(i -> i % 3 != 0).forEach(i -> wanted.add("c-" + i));
    await()
        .atMost(limit)
        .until(
            () -> {
              wanted.removeIf(chat -> sequences(chat).size() == head + 1);
              return wanted.isEmpty();
            });
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
}
