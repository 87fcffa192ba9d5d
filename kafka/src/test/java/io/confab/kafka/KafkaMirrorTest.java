package io.confab.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EncodedEvent;
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.Role;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** The topics and the mirror, on a real broker that is killed. */
class KafkaMirrorTest {
  private static final Duration LONG = Duration.ofSeconds(180);
  private static final int PARTITIONS = 8;

  @TempDir static Path directory;
  private static LocalKafka kafka;
  private static KafkaSettings settings;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

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
  void clear() throws Exception {
    kafka.clear(MirrorPosition.GROUP);
  }

  @Test
  void topicsAreMadeOnceAndThenChecked() throws Exception {
    Duration patience = Duration.ofSeconds(10);
    assertThat(KafkaTopics.mismatch(settings, patience)).contains("is not there yet");
    KafkaTopics.ensure(settings);
    assertThat(KafkaTopics.mismatch(settings, patience)).isNull();
    assertThat(KafkaTopics.mismatch(kafka.settings(PARTITIONS + 1), patience))
        .contains("has 8 partitions, and confab.kafka.partitions is 9");
    KafkaTopics.ensure(kafka.settings(PARTITIONS - 1));
    assertThatThrownBy(() -> KafkaTopics.ensure(kafka.settings(PARTITIONS + 1)))
        .isInstanceOf(TopicMismatchException.class)
        .hasMessageMatching(
            "The topic confab.ch\\w+ has 8 partitions, and confab.kafka.partitions is 9: .*");
    KafkaSettings three = new KafkaSettings(settings.bootstrapServers(), PARTITIONS, 3, 2);
    assertThatThrownBy(() -> KafkaTopics.ensure(three))
        .isInstanceOf(TopicMismatchException.class)
        .hasMessageMatching(
            "Partition \\d of the topic confab.ch\\w+ has replication 1, must be 3: .*");
  }

  @ParameterizedTest
  @CsvSource({
    "retention.ms, 604800000, '-1, or Kafka deletes history', -1",
    "retention.bytes, 1000000, '-1, or Kafka deletes history', -1",
    "max.message.bytes, 1048588, at least 8388608, 8388608"
  })
  void aTopicThatWouldRefuseOrLoseEventsIsRefused(
      String name, String value, String must, String wanted) throws Exception {
    KafkaTopics.ensure(settings);
    set(KafkaTopics.CHATS, name, value);
    String line =
        ("The topic confab.chats has %s %s, must be %s: kafka-configs.sh --bootstrap-server %s"
                + " --alter --entity-type topics --entity-name confab.chats --add-config %s=%s")
            .formatted(name, value, must, kafka.servers(), name, wanted);
    assertThat(KafkaTopics.mismatch(settings, LONG)).isEqualTo(line);
    assertThatThrownBy(() -> KafkaTopics.ensure(settings))
        .isInstanceOf(TopicMismatchException.class)
        .hasMessage(line);
    set(KafkaTopics.CHATS, name, wanted);
    assertThat(KafkaTopics.mismatch(settings, LONG)).isNull();
  }

  @Test
  void fewerCopiesInSyncThanWantedAreRefusedWhereThereAreAsMany() throws Exception {
    KafkaTopics.ensure(settings);
    KafkaSettings three = new KafkaSettings(settings.bootstrapServers(), PARTITIONS, 3, 2);
    Config one = config(KafkaTopics.CHATS);
    KafkaTopics.checkConfig(KafkaTopics.CHATS, one, three, 1);
    assertThatThrownBy(() -> KafkaTopics.checkConfig(KafkaTopics.CHATS, one, three, 3))
        .isInstanceOf(TopicMismatchException.class)
        .hasMessageMatching(
            "The topic confab.chats has min.insync.replicas 1, must be at least 2: .*"
                + "=2, or set confab.kafka.min-in-sync-replicas to 1");
    set(KafkaTopics.CHATS, "min.insync.replicas", "2");
    KafkaTopics.checkConfig(KafkaTopics.CHATS, config(KafkaTopics.CHATS), three, 3);
  }

  /** As while a broker is replaced: the old copies and the new ones are listed. */
  @Test
  @ExtendWith(OutputCaptureExtension.class)
  void moreCopiesThanSetAreSaidOnceAndTaken(CapturedOutput output) {
    List<Node> nodes =
        IntStream.range(0, 6).mapToObj(i -> new Node(i, "broker-" + i, 9092)).toList();
    TopicPartitionInfo moving = new TopicPartitionInfo(0, nodes.get(0), nodes, nodes);
    TopicDescription topic = new TopicDescription("moving", false, List.of(moving, moving));
    KafkaSettings three = new KafkaSettings(List.of("broker-0:9092"), 2, 3, 2);
    KafkaTopics.checkPlaces(topic, three, 3);
    KafkaTopics.checkPlaces(topic, three, 3);
    assertThat(output.toString())
        .containsOnlyOnce("Partition 0 of the topic moving has replication 6")
        .doesNotContain("Partition 1");
  }

  private static void set(String topic, String name, String value) throws Exception {
    AlterConfigOp change =
        new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    try (Admin admin = Admin.create(KafkaClients.admin(settings))) {
      admin
          .incrementalAlterConfigs(
              Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic), List.of(change)))
          .all()
          .get();
    }
    // The controller has it; the broker that answers may know of it a moment later.
    await().atMost(LONG).until(() -> value.equals(config(topic).get(name).value()));
  }

  private static Config config(String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try (Admin admin = Admin.create(KafkaClients.admin(settings))) {
      return admin.describeConfigs(List.of(resource)).all().get().get(resource);
    }
  }

  @Test
  void aChannelOfTheLargestSizeIsMirrored() throws Exception {
    List<Member> members =
        IntStream.range(0, 25_000)
            .mapToObj(i -> new Member("u".repeat(59) + (10_000 + i), Role.MEMBER))
            .toList();
    EncodedEvent started =
        Events.encoded("c-0", 0, new ConversationStarted(Kind.CHANNEL, "all", members));
    assertThat(started.envelope()).hasSizeGreaterThan(2_000_000);
    KafkaTopics.ensure(settings);
    try (KafkaMirror mirror = mirror(new Events(1, 0))) {
      mirror.publish(List.of(started));
    }
    assertThat(MirroredEvents.read(settings).of("c-0")).hasSize(1);
  }

  @Test
  void nothingFollowsAnEventThatCouldNotBeWritten() throws Exception {
    EncodedEvent tooLarge =
        Events.encoded("c-1", 1, new MessageSent(1, MessageContent.of("x".repeat(9 << 20))));
    List<EncodedEvent> batch = new ArrayList<>(List.of(Events.event("c-1", 0), tooLarge));
    for (int sequence = 2; sequence < 10_000; sequence++) {
      batch.add(Events.event("c-1", sequence));
    }
    KafkaTopics.ensure(settings);
    try (KafkaMirror mirror = mirror(new Events(1, 0))) {
      CompletableFuture<Boolean> interrupted = publish(mirror, batch);
      await().atMost(LONG).until(() -> meters.counter("confab.mirror.failures").count() >= 2);
      assertThat(interrupted).isNotDone();
      publisher.interrupt();
      assertThat(interrupted.get(60, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(MirroredEvents.read(settings).events()).isLessThanOrEqualTo(1);
    assertThat(meters.counter("confab.mirror.published").count()).isZero();
  }

  @Test
  void aPublisherThatIsInterruptedNeverReturnsAsIfAllWereThere() throws Exception {
    KafkaTopics.ensure(settings);
    kafka.kill();
    try (KafkaMirror mirror = mirror(new Events(1, 0))) {
      CompletableFuture<Boolean> interrupted = publish(mirror, List.of(Events.event("c-1", 0)));
      await().atMost(LONG).until(() -> publisher.getState() == Thread.State.TIMED_WAITING);
      publisher.interrupt();
      assertThat(interrupted.get(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      kafka.start();
    }
    assertThat(meters.counter("confab.mirror.published").count()).isZero();
  }

  @Test
  void aPublisherWithPatienceGivesUpAndThenPublishesTheSameAgain() throws Exception {
    KafkaTopics.ensure(settings);
    List<EncodedEvent> batch = List.of(Events.event("c-1", 0), Events.event("c-1", 1));
    try (KafkaMirror mirror = mirror(new Events(1, 0))) {
      kafka.kill();
      try {
        assertThatThrownBy(() -> mirror.publish(batch, Duration.ofSeconds(1)))
            .isInstanceOf(IllegalStateException.class)
            .hasMessage("2 events could not be mirrored within 1 s");
      } finally {
        kafka.start();
      }
      mirror.publish(batch, Duration.ofSeconds(60));
    }
    assertThat(MirroredEvents.read(settings).of("c-1")).hasSize(2);
  }

  @Test
  void aKilledBrokerLosesNothingOfTheLog() throws Exception {
    Events log = new Events(20, 10_000);
    try (LogMirror mirror = follow(log)) {
      awaitPublished(5_000);
      kafka.kill();
      log.grow(10_000);
      kafka.start();
      log.grow(10_000);
      awaitMirrored(mirror);
      assertThat(meters.get("confab.mirror.lag").gauge().value()).isZero();
    }
    assertMirrored(log, 20);
  }

  @Test
  void aKilledMirrorGoesOnAndLosesNothing() throws Exception {
    long seed = new Random().nextLong();
    System.out.println("KafkaMirrorTest seed " + seed);
    Random random = new Random(seed);
    Events log = new Events(50, 400_000);
    for (int kill = 0; kill < 3; kill++) {
      Process process = MirroringProcess.start(settings, 50, 400_000);
      try (BufferedReader out = process.inputReader()) {
        int enough = 1 + random.nextInt(100_000);
        String line = out.readLine();
        while (!line.matches("\\d+") || Long.parseLong(line) < enough) {
          line = out.readLine();
        }
        process.toHandle().destroyForcibly(); // leaves the pipe open
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
    try (LogMirror mirror = follow(log)) {
      awaitMirrored(mirror);
    }
    assertMirrored(log, 50);
  }

  @Test
  void aRestartAtRestMirrorsNothingAgain() throws Exception {
    Events log = new Events(10, 1_000);
    try (LogMirror mirror = follow(log)) {
      awaitMirrored(mirror);
      await().atMost(LONG).until(() -> committed(log) == 1_000);
    }
    log.grow(10);
    try (LogMirror mirror = follow(log)) {
      awaitMirrored(mirror);
    }
    assertThat(MirroredEvents.read(settings).records()).isEqualTo(1_010);
  }

  @Test
  void aLogThatTheKeptPositionDoesNotSpeakOfIsMirroredWhole() throws Exception {
    Events other = new Events(10, 1_000);
    try (LogMirror mirror = follow(other)) {
      awaitMirrored(mirror);
      await().atMost(LONG).until(() -> committed(other) == 1_000);
    }
    Events log = new Events(15, 2_000);
    try (LogMirror mirror = follow(log)) {
      awaitMirrored(mirror);
    }
    assertMirrored(log, 15);
    assertThat(MirroredEvents.read(settings).records()).isEqualTo(3_000);
  }

  private Thread publisher;

  /** Publishes on another thread; whether that was interrupted. */
  private CompletableFuture<Boolean> publish(KafkaMirror mirror, List<EncodedEvent> batch) {
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    publisher =
        new Thread(
            () -> {
              try {
                mirror.publish(batch);
                interrupted.complete(false);
              } catch (InterruptedException e) {
                interrupted.complete(true);
              }
            });
    publisher.start();
    return interrupted;
  }

  private KafkaMirror mirror(Events log) {
    return new KafkaMirror(settings, log, meters);
  }

  private LogMirror follow(Events log) {
    meters.clear();
    LogMirror mirror = new LogMirror(log, mirror(log), settings, meters);
    mirror.start();
    return mirror;
  }

  private long committed(Events log) {
    try (MirrorPosition position = new MirrorPosition(settings)) {
      return position.next(log);
    }
  }

  private void awaitPublished(long events) {
    await().atMost(LONG).until(() -> meters.counter("confab.mirror.published").count() >= events);
  }

  private static void awaitMirrored(LogMirror mirror) {
    await().atMost(LONG).until(() -> mirror.lag() == 0);
  }

  private static void assertMirrored(Events log, int conversations) {
    MirroredEvents mirrored = MirroredEvents.read(settings);
    List<String> lengths = new ArrayList<>();
    for (int i = 0; i < conversations; i++) {
      String conversation = Events.conversation(i);
      lengths.add(conversation + ":" + mirrored.of(conversation).size());
      assertThat(mirrored.of(conversation)).hasSize((int) log.head(conversation) + 1);
    }
    assertThat(mirrored.events()).as("%s", lengths).isEqualTo(log.last() + 1);
  }
}
