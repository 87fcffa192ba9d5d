package io.confab.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confab.edge.kafka.KafkaConversationFeed;
import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisNodes;
import io.confab.edge.redis.RedisSettings;
import io.confab.edge.route.ChatMembers;
import io.confab.edge.route.EdgePush;
import io.confab.edge.route.Router;
import io.confab.events.EncodedEvent;
import io.confab.kafka.KafkaMirror;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import io.confab.kafka.LocalKafka;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three edges and two routers over one log, a real Kafka and a real Redis. */
class RoutedEdgesTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir static Path directory;
  private static LocalKafka kafka;
  private static RedisNodes redis;
  private static KafkaSettings settings;

  private final FakeConfab confab = new FakeConfab();
  private final List<RedisCluster> connections = new ArrayList<>();
  private final List<Router> routers = new ArrayList<>();
  private final List<EdgePush> pushes = new ArrayList<>();
  private final List<EdgeInMemory> edges = new ArrayList<>();
  private KafkaMirror mirror;
  private Thread mirroring;

  @BeforeAll
  static void startServers() throws Exception {
    redis = RedisNodes.start(1);
    kafka = LocalKafka.start(directory);
    settings = kafka.settings(8);
  }

  @AfterAll
  static void stopServers() throws Exception {
    kafka.close();
    redis.close();
  }

  @BeforeEach
  void startEdges() throws Exception {
    kafka.clear(Router.GROUP);
    KafkaTopics.ensure(settings);
    redis.flush();
    mirror = new KafkaMirror(settings, confab, new SimpleMeterRegistry());
    BlockingQueue<EncodedEvent> durable = new LinkedBlockingQueue<>();
    confab.onAppend = durable::add;
    mirroring = new Thread(() -> mirror(durable));
    mirroring.start();
    for (int i = 0; i < 3; i++) {
      edges.add(new EdgeInMemory(EdgeSettings.DEFAULT, confab, this::feed));
    }
    for (int i = 0; i < 2; i++) {
      routers.add(router());
    }
    routers.forEach(Router::start);
    await().atMost(LONG).until(this::works);
  }

  @AfterEach
  void stopEdges() throws Exception {
    routers.forEach(Router::close);
    edges.forEach(EdgeInMemory::close);
    connections.forEach(RedisCluster::close);
    mirroring.interrupt();
    mirroring.join();
    mirror.close();
  }

  private RedisCluster connection() {
    RedisSettings patient =
        new RedisSettings(redis.settings().nodes(), null, null, false, Duration.ofSeconds(5));
    RedisCluster connection = new RedisCluster(patient);
    connections.add(connection);
    return connection;
  }

  private ConversationFeed feed(EdgeInMemory edge) {
    EdgePush push =
        new EdgePush("e-" + pushes.size(), Clock.systemUTC(), connection(), edge.registry);
    pushes.add(push);
    return new KafkaConversationFeed(settings, confab, push, edge.registry);
  }

  private Router router() {
    ChatMembers members =
        chat -> {
          long head = confab.head(chat);
          return new ChatMembers.AsOf(confab.members(chat), head);
        };
    return new Router(
        settings, confab, members, Clock.systemUTC(), connection(), new SimpleMeterRegistry());
  }

  private boolean works() {
    return pushes.stream().allMatch(push -> push.downSeconds() == 0)
        && routers.stream().allMatch(router -> router.partitions() == settings.partitions());
  }

  private void mirror(BlockingQueue<EncodedEvent> durable) {
    try {
      while (true) {
        List<EncodedEvent> batch = new ArrayList<>(List.of(durable.take()));
        durable.drainTo(batch);
        mirror.publish(batch);
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private EdgeInMemory.Client inbox(int edge, String user) {
    EdgeInMemory.Client client = edges.get(edge).new Client(user);
    client.subscribe("inbox", Destinations.INBOX);
    return client;
  }

  private void awaitAll(EdgeInMemory.Client client, String conversation) {
    List<Long> all = LongStream.rangeClosed(0, confab.head(conversation)).boxed().toList();
    await()
        .atMost(LONG)
        .untilAsserted(() -> assertThat(sequences(client, conversation)).isEqualTo(all));
  }

  private static List<Long> sequences(EdgeInMemory.Client client, String conversation) {
    return client.messages("inbox").stream()
        .filter(frame -> conversation.equals(frame.header("conversation")))
        .map(RawClient.Frame::sequence)
        .toList();
  }

  /** What came another way may be seen before the push of it is. */
  private void awaitReceived(int edge, int events) {
    await().atMost(LONG).untilAsserted(() -> assertThat(received(edge)).isEqualTo(events));
  }

  private double received(int edge) {
    return edges.get(edge).count("confab.edge.push.received");
  }

  @Test
  void aChatGoesToTheEdgesOfItsMembersAndNoOther() {
    EdgeInMemory.Client ann = inbox(0, "ann");
    EdgeInMemory.Client bob = inbox(1, "bob");
    EdgeInMemory.Client zoe = inbox(2, "zoe");
    confab.startChat("c-1", "ann", "bob");
    for (int i = 0; i < 20; i++) {
      confab.say("c-1", "ann", "hello");
    }
    awaitAll(ann, "c-1");
    awaitAll(bob, "c-1");
    awaitReceived(0, 21);
    awaitReceived(1, 21);
    assertThat(received(2)).isZero();
    confab.add("c-1", "zoe");
    confab.say("c-1", "ann", "hello, zoe");
    await().atMost(LONG).until(() -> sequences(zoe, "c-1").equals(List.of(21L, 22L)));
    confab.remove("c-1", "zoe");
    confab.say("c-1", "ann", "without zoe");
    awaitAll(bob, "c-1");
    await().atMost(LONG).until(() -> sequences(zoe, "c-1").equals(List.of(21L, 22L, 23L)));
    awaitReceived(2, 3);
    for (EdgeInMemory edge : edges) {
      assertThat(edge.registry.get("confab.edge.feed.partitions").gauge().value()).isZero();
    }
  }

  @Test
  void anInboxHearsOfAChannelThatNobodyElseHereIsIn() {
    EdgeInMemory.Client bob = inbox(1, "bob");
    EdgeInMemory.Client zoe = inbox(2, "zoe");
    confab.start("c-1", "ann", "bob");
    awaitAll(bob, "c-1");
    confab.say("c-1", "ann", "one");
    confab.add("c-1", "zoe");
    confab.say("c-1", "ann", "two");
    awaitAll(bob, "c-1");
    await().atMost(LONG).until(() -> sequences(zoe, "c-1").equals(List.of(2L, 3L)));
    awaitReceived(1, 1); // the channel itself comes from Kafka
    awaitReceived(2, 1);
    assertThat(edges.get(2).count("confab.edge.inbox.found")).isZero();
  }

  @Test
  void whileRedisIsAwayAllFlowsButWhoIsAddedIsToldWithIt() {
    EdgeInMemory.Client ann = inbox(0, "ann");
    EdgeInMemory.Client bob = inbox(1, "bob");
    EdgeInMemory.Client zoe = inbox(2, "zoe");
    confab.startChat("c-1", "ann", "bob");
    confab.start("c-2", "ann", "bob");
    awaitAll(bob, "c-1");
    awaitAll(bob, "c-2");
    awaitPartitions(1, 1);

    redis.kill(0);
    confab.say("c-1", "ann", "of the chat");
    confab.say("c-2", "ann", "of the channel");
    awaitAll(bob, "c-2");
    await().atMost(LONG).until(() -> pushes.stream().allMatch(push -> push.downSeconds() > 0));
    confab.say("c-1", "ann", "of the chat, too");
    awaitAll(ann, "c-1"); // by comparing heads
    awaitAll(bob, "c-1");
    confab.add("c-2", "zoe");
    confab.startChat("c-3", "ann", "zoe");
    EdgeInMemory.Client late = inbox(2, "late");
    confab.startChat("c-4", "ann", "late");
    List<Double> gaps = gaps();

    redis.restart(0);
    awaitAll(zoe, "c-3");
    awaitAll(late, "c-4");
    awaitAll(ann, "c-3");
    await().atMost(LONG).until(() -> sequences(zoe, "c-2").equals(List.of(2L)));
    await()
        .atMost(LONG)
        .untilAsserted(
            () ->
                assertThat(gaps())
                    .zipSatisfy(gaps, (now, before) -> assertThat(now).isGreaterThan(before)));
    confab.say("c-3", "ann", "pushed again");
    awaitAll(zoe, "c-3");
    await().atMost(LONG).until(this::works);
  }

  /** How often each edge was told to look for what it may have missed. */
  private List<Double> gaps() {
    return edges.stream().map(edge -> edge.count("confab.edge.push.gaps")).toList();
  }

  private void awaitPartitions(int edge, int partitions) {
    await()
        .atMost(LONG)
        .until(
            () ->
                edges.get(edge).registry.get("confab.edge.feed.partitions").gauge().value()
                    == partitions);
  }
}
