package io.confab.projections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confab.events.EncodedEvent;
import io.confab.events.Kind;
import io.confab.kafka.EventRecords;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import io.confab.kafka.Kinds;
import io.confab.kafka.LocalKafka;
import io.confab.views.EventGenerator;
import io.confab.views.RocksDbViewStore;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The projections as consumer groups of a real Kafka. */
class KafkaProjectionsTest {
  private static final Duration LONG = Duration.ofSeconds(90);
  private static final ProjectionSettings SETTINGS =
      new ProjectionSettings(64, Duration.ofMillis(100));

  @TempDir static Path kafkaDirectory;
  private static LocalKafka kafka;
  private static KafkaSettings settings;

  @TempDir Path directory;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private MirroredConversations log;
  private ViewStore views;

  @BeforeAll
  static void startBroker() throws Exception {
    kafka = LocalKafka.start(kafkaDirectory);
    settings = kafka.settings(8);
  }

  @AfterAll
  static void stopBroker() throws Exception {
    kafka.close();
  }

  @BeforeEach
  void open() throws Exception {
    kafka.clear(ProcessingGroups.HISTORY, ProcessingGroups.CONVERSATIONS);
    KafkaTopics.ensure(settings);
    views = RocksDbViewStore.open(directory);
    log = new MirroredConversations(new EventGenerator(7, 10, 20), settings, meters);
  }

  @AfterEach
  void close() {
    log.close();
    views.close();
  }

  @Test
  void everyEventReachesEveryView() throws Exception {
    log.publish(500);
    try (KafkaProjections projections = start(views, meters)) {
      log.publish(500);
      awaitHeads();
      log.model.assertSame(views);
      assertThat(projections).isNotNull();
    }
  }

  @Test
  void aRestartGoesOnBehindWhatWasCommitted() throws Exception {
    log.publish(300);
    try (KafkaProjections projections = start(views, meters)) {
      awaitHeads();
      assertThat(projections).isNotNull();
    }
    log.publish(200);
    SimpleMeterRegistry fresh = new SimpleMeterRegistry();
    try (KafkaProjections projections = start(views, fresh)) {
      awaitHeads();
      log.model.assertSame(views);
      await().atMost(LONG).untilAsserted(() -> assertThat(applied(fresh)).isEqualTo(200));
      assertThat(projections).isNotNull();
    }
  }

  @Test
  void whatTheMirrorBringsOutOfOrderIsAppliedInOrder() throws Exception {
    log.publish(300);
    log.publishOutOfOrder(300);
    log.publish(100);
    try (KafkaProjections projections = start(views, meters)) {
      awaitHeads();
      log.model.assertSame(views);
      assertThat(meters.counter("confab.projections.filled", "projection", "history").count())
          .isPositive();
      assertThat(failures("history")).isZero();
      assertThat(projections).isNotNull();
    }
  }

  @Test
  void aRecordThatIsNoEventStopsItsPartitionAloneAndIsNeverPassed() throws Exception {
    log.publish(300);
    String chat = log.heads.keySet().stream().filter(this::isChat).findFirst().orElseThrow();
    int partition = KafkaTopics.partition(chat, 8);
    RecordMetadata poison = poison(KafkaTopics.CHATS, partition);
    Map<String, Long> before = Map.copyOf(log.heads);
    log.publish(300);
    try (KafkaProjections projections = start(views, meters)) {
      await().atMost(LONG).until(() -> failures("history") >= 3);
      await()
          .atMost(LONG)
          .untilAsserted(
              () -> {
                for (String conversation : log.heads.keySet()) {
                  boolean stands =
                      isChat(conversation) && KafkaTopics.partition(conversation, 8) == partition;
                  assertThat(views.applied(View.HISTORY, conversation))
                      .isEqualTo((stands ? before : log.heads).getOrDefault(conversation, -1L));
                }
              });
      assertThat(
              meters.get("confab.projections.stopped").tag("projection", "history").gauge().value())
          .isEqualTo(1);
      await()
          .atMost(LONG)
          .until(
              () ->
                  committed(ProcessingGroups.HISTORY, poison.topic(), partition)
                      == poison.offset());
      long failures = (long) failures("history");
      await().atMost(LONG).until(() -> failures("history") > failures + 2);
      assertThat(committed(ProcessingGroups.HISTORY, poison.topic(), partition))
          .isEqualTo(poison.offset());
      assertThat(projections).isNotNull();
    }
  }

  private boolean isChat(String conversation) {
    return new Kinds(log).of(conversation) != Kind.CHANNEL;
  }

  @Test
  void aViewThatFailsIsTriedAgainUntilItDoesNot() throws Exception {
    log.publish(300);
    AtomicBoolean broken = new AtomicBoolean(true);
    ViewStore flaky =
        FlakyViewStore.of(
            views,
            (view, events) -> {
              if (view == View.HISTORY && broken.get()) {
                throw new StackOverflowError("as a test");
              }
            });
    try (KafkaProjections projections = start(flaky, meters)) {
      await().atMost(LONG).until(() -> failures("history") >= 3);
      assertThat(failures("conversations")).isZero();
      assertThat(log.heads.keySet()).allMatch(c -> views.applied(View.HISTORY, c) == -1);
      broken.set(false);
      awaitHeads();
      log.model.assertSame(views);
      assertThat(projections).isNotNull();
    }
  }

  private KafkaProjections start(ViewStore store, SimpleMeterRegistry meters) {
    KafkaProjections projections = new KafkaProjections(store, log, settings, SETTINGS, meters);
    projections.start();
    return projections;
  }

  /** Counted once the views are written, so a moment after they can be read. */
  private static double applied(SimpleMeterRegistry registry) {
    return registry.counter("confab.projections.applied", "projection", "history").count();
  }

  private double failures(String projection) {
    return meters.counter("confab.projections.failures", "projection", projection).count();
  }

  private void awaitHeads() {
    await().atMost(LONG).until(() -> log.appliedBy(views));
  }

  /** Key and headers of an event, and no envelope. */
  private static RecordMetadata poison(String topic, int partition) throws Exception {
    EncodedEvent event =
        new EncodedEvent("c", 1, io.confab.events.EventType.MESSAGE_SENT, new byte[] {'{'});
    ProducerRecord<byte[], byte[]> record = EventRecords.encode(event, Kind.GROUP);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", kafka.servers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      return producer
          .send(
              new ProducerRecord<>(
                  topic, partition, record.key(), record.value(), record.headers()))
          .get();
    }
  }

  private static long committed(String group, String topic, int partition) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.servers()))) {
      var offset =
          admin
              .listConsumerGroupOffsets(group)
              .partitionsToOffsetAndMetadata()
              .get()
              .get(new TopicPartition(topic, partition));
      return offset == null ? -1 : offset.offset();
    }
  }
}
