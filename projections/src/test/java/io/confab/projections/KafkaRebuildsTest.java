package io.confab.projections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.confab.cosmos.CosmosSettings;
import io.confab.cosmos.LocalCosmos;
import io.confab.events.CommandRejected;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventType;
import io.confab.events.Kind;
import io.confab.events.RejectionCode;
import io.confab.kafka.EventRecords;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import io.confab.kafka.LocalKafka;
import io.confab.projections.RebuildProgress.State;
import io.confab.views.EventGenerator;
import io.confab.views.SharedRebuilds.Numbers;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rebuilds by several processes, over a real Kafka and the local Cosmos endpoint. */
@Timeout(300)
class KafkaRebuildsTest {
  private static final Duration LONG = Duration.ofSeconds(120);
  private static final int PARTITIONS = 4;

  @TempDir static Path kafkaDirectory;
  private static LocalKafka kafka;
  private static KafkaSettings settings;

  private final long seed = new Random().nextLong();
  private final CosmosSettings cosmos = LocalCosmos.shared().settings();
  private MirroredConversations log;
  private RebuildingProcess one;
  private RebuildingProcess other;

  @BeforeAll
  static void startBroker() throws Exception {
    kafka = LocalKafka.start(kafkaDirectory);
    settings = kafka.settings(PARTITIONS);
  }

  @AfterAll
  static void stopBroker() throws Exception {
    kafka.close();
  }

  @BeforeEach
  void open() throws Exception {
    System.out.println("seed " + seed);
    kafka.clear(ProcessingGroups.HISTORY, ProcessingGroups.CONVERSATIONS);
    KafkaTopics.ensure(settings);
    log =
        new MirroredConversations(
            new EventGenerator(seed, 10, 20), settings, new SimpleMeterRegistry());
    one = RebuildingProcess.idle(cosmos, log, settings);
    other = RebuildingProcess.idle(cosmos, log, settings);
  }

  @AfterEach
  void close() {
    one.close();
    other.close();
    log.close();
  }

  /** The old generation is wrong, so that only one made from the log equals the recount. */
  @Test
  void viewsEqualARecountAfterTheSwitchUnderLoad() throws Exception {
    spoilViews(log.publish(300));
    one.start();
    other.start();
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Void> load = load(over);
    for (View view : View.values()) {
      assertThat(one.rebuilds.start(view).state()).isEqualTo(State.RUNNING);
      for (RebuildingProcess each : List.of(one, other)) {
        assertThatThrownBy(() -> each.rebuilds.start(view))
            .isInstanceOfSatisfying(
                CommandRejected.class, e -> assertThat(e.code()).isEqualTo(RejectionCode.CONFLICT));
      }
    }
    for (View view : View.values()) {
      awaitDone(view);
      assertThat(one.views.numbers(view)).isEqualTo(new Numbers(2, 0, 2));
    }
    assertThat(load).isNotDone();
    pause(500);
    over.set(true);
    load.get(60, TimeUnit.SECONDS);
    assertRecounted();
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> {
              assertThat(progress(one)).isEqualTo(1);
              assertThat(progress(other)).isEqualTo(1);
            });
    RebuildProgress last = other.rebuilds.status(View.HISTORY).rebuild();
    assertThat(last).isNotNull();
    assertThat(last.percent()).isEqualTo(100);
  }

  @Test
  void aLogThatTheMirrorBroughtOutOfOrderIsReadInOrder() throws Exception {
    spoilViews(log.publish(200));
    spoilViews(log.publishOutOfOrder(200));
    one.start();
    for (View view : View.values()) {
      one.rebuilds.start(view);
      awaitDone(view);
    }
    assertRecounted();
    assertThat(
            one.meters
                .counter("confab.projections.filled", "projection", "history.rebuild")
                .count())
        .isPositive();
  }

  @Test
  void whatAKilledProcessBeganIsEndedByTheNext() throws Exception {
    spoilViews(log.publish(500));
    one.rebuilds.start(View.HISTORY);
    // Slow, and then halted: what is seen of it does not change before it is killed.
    stallWrites(",\"holdMs\":200");
    Process killed = RebuildingProcess.fork(cosmos, settings);
    RebuildProgress left;
    try {
      await().atMost(LONG).pollInterval(Duration.ofMillis(20)).until(() -> position() > 100);
      stallWrites("");
      killed.destroyForcibly().waitFor();
      left = one.rebuilds.status(View.HISTORY).rebuild();
    } finally {
      killed.destroyForcibly().waitFor();
      LocalCosmos.shared().heal();
    }
    assertThat(left).isNotNull();
    assertThat(left.state()).isEqualTo(State.RUNNING);
    assertThat(left.percent()).isBetween(10.0, 99.0);
    long reached = left.position();
    publish(50);
    other.start();
    await()
        .atMost(LONG)
        .until(
            () -> {
              RebuildProgress now = one.rebuilds.status(View.HISTORY).rebuild();
              assertThat(now.position()).isGreaterThanOrEqualTo(reached);
              return now.state() == State.DONE;
            });
    assertThat(
            other
                .meters
                .counter("confab.projections.applied", "projection", "history.rebuild")
                .count())
        .isLessThan(550 - reached + 32 * 2 * PARTITIONS);
    one.rebuilds.start(View.CONVERSATIONS);
    awaitDone(View.CONVERSATIONS);
    assertRecounted();
  }

  @Test
  void whatCannotBeReadKeepsTheOldGenerationLive() throws Exception {
    log.publish(200);
    one.start();
    awaitHeads(one.views);
    poison();
    one.rebuilds.start(View.HISTORY);
    await().atMost(LONG).until(() -> stopped(one) == 1);
    await().atMost(LONG).until(() -> position() == 199);
    pause(6_000); // more than one hold would take
    assertThat(one.views.numbers(View.HISTORY)).isEqualTo(new Numbers(1, 2, 2));
    assertThat(one.rebuilds.status(View.HISTORY).rebuild().state()).isEqualTo(State.RUNNING);
    assertThat(progress(one)).isLessThan(1);
    log.model.assertSame(one.views);
  }

  /** Two processes, under load: neither makes people wait for a switch that cannot be. */
  @Test
  void aPartitionThatStandsHoldsNobodyAndSwitchesOnceItIsMended() throws Exception {
    List<EventEnvelope> events = log.publish(100);
    spoilViews(events);
    BrokenFold fold = breakFold(events.get(0).conversation());
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Void> load = load(over);
    one.rebuilds.start(View.HISTORY);
    await().atMost(LONG).until(() -> stopped(one) + stopped(other) == 1);
    pause(15_000); // each would have held twice
    assertThat(holds()).isZero();
    assertThat(one.views.numbers(View.HISTORY)).isEqualTo(new Numbers(1, 2, 2));
    fold.mend();
    awaitDone(View.HISTORY);
    assertThat(holds()).isPositive();
    assertThat(load).isNotDone();
    over.set(true);
    load.get(60, TimeUnit.SECONDS);
    one.rebuilds.start(View.CONVERSATIONS);
    awaitDone(View.CONVERSATIONS);
    assertRecounted();
  }

  /** As somebody does who finds that the new fold is broken, and then deploys a mended one. */
  @Test
  void aRebuildThatIsCancelledIsLeftByAllAndBegunAnew() throws Exception {
    List<EventEnvelope> events = log.publish(300);
    spoilViews(events);
    BrokenFold fold = breakFold(events.get(0).conversation());
    assertNoneToCancel();
    one.rebuilds.start(View.HISTORY);
    await().atMost(LONG).until(() -> stopped(one) + stopped(other) == 1);
    ProjectionStatus cancelled = other.rebuilds.cancel(View.HISTORY);
    assertThat(cancelled.rebuild())
        .isEqualTo(new RebuildProgress("history", State.STOPPED, -1, 299, 0));
    assertThat(cancelled.rebuild()).isEqualTo(one.rebuilds.status(View.HISTORY).rebuild());
    assertThat(one.views.numbers(View.HISTORY)).isEqualTo(new Numbers(1, 0, 2));
    assertNoneToCancel();
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> {
              assertThat(stopped(one) + stopped(other)).isZero();
              assertThat(progress(one)).isEqualTo(1);
              assertThat(progress(other)).isEqualTo(1);
            });
    fold.mend();
    one.rebuilds.start(View.HISTORY);
    awaitDone(View.HISTORY);
    assertThat(one.views.numbers(View.HISTORY)).isEqualTo(new Numbers(3, 0, 3));
    assertNoneToCancel();
    one.rebuilds.start(View.CONVERSATIONS);
    awaitDone(View.CONVERSATIONS);
    assertRecounted();
  }

  private void assertNoneToCancel() {
    for (RebuildingProcess each : List.of(one, other)) {
      assertThatThrownBy(() -> each.rebuilds.cancel(View.HISTORY))
          .isInstanceOfSatisfying(
              CommandRejected.class, e -> assertThat(e.code()).isEqualTo(RejectionCode.CONFLICT));
    }
  }

  @Test
  void aLogThatIsNotWholeIsRefused() throws Exception {
    log.publish(200);
    EventEnvelope event = log.publish(1).get(0);
    TopicPartition partition =
        new TopicPartition(
            KafkaTopics.CHANNELS, KafkaTopics.partition(event.conversation(), PARTITIONS));
    TopicPartition chats = new TopicPartition(KafkaTopics.CHATS, partition.partition());
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.servers()))) {
      // -1 is the end: whichever of the two the conversation is in, it has records
      admin
          .deleteRecords(
              Map.of(
                  partition, RecordsToDelete.beforeOffset(-1),
                  chats, RecordsToDelete.beforeOffset(-1)))
          .all()
          .get();
    }
    assertThatThrownBy(() -> one.rebuilds.start(View.HISTORY))
        .isInstanceOfSatisfying(
            CommandRejected.class,
            e -> {
              assertThat(e.code()).isEqualTo(RejectionCode.CONFLICT);
              assertThat(e).hasMessageContaining("has not the whole log any more");
              assertThat(e.value()).isNotEqualTo("0");
            });
    assertThat(one.views.numbers(View.HISTORY)).isEqualTo(new Numbers(1, 0, 1));
  }

  private void spoilViews(List<EventEnvelope> events) {
    List<EventEnvelope> wrong = events.stream().map(ProjectionRebuildsTest::spoiled).toList();
    for (View view : View.values()) {
      one.views.live(view).apply(wrong, -1);
    }
    assertThatThrownBy(() -> log.model.assertSame(one.views)).isInstanceOf(AssertionError.class);
  }

  /** Both processes begin, with a fold that throws where they rebuild. */
  private BrokenFold breakFold(String conversation) {
    BrokenFold fold = new BrokenFold(conversation);
    one.close();
    other.close();
    one = RebuildingProcess.idle(cosmos, log, settings, fold::of).start();
    other = RebuildingProcess.idle(cosmos, log, settings, fold::of).start();
    return fold;
  }

  private CompletableFuture<Void> load(AtomicBoolean over) {
    return CompletableFuture.runAsync(
        () -> {
          while (!over.get()) {
            publish(5);
            pause(200);
          }
        });
  }

  private double holds() {
    return Stream.of(one, other)
        .mapToDouble(
            each ->
                each.meters
                    .counter("confab.projections.rebuild.holds", "projection", "history")
                    .count())
        .sum();
  }

  /** Of the database of this test. */
  private void stallWrites(String more) {
    LocalCosmos.shared()
        .fault(
            "{\"kind\":\"stall\",\"on\":\"writes\",\"database\":\"%s\"%s}"
                .formatted(cosmos.database(), more));
  }

  private long position() {
    RebuildProgress progress = one.rebuilds.status(View.HISTORY).rebuild();
    return progress == null ? -1 : progress.position();
  }

  private void awaitDone(View view) {
    for (RebuildingProcess each : List.of(one, other)) {
      await().atMost(LONG).until(() -> each.rebuilds.status(view).rebuild().state() == State.DONE);
    }
  }

  /** A reader may see the old generation for a second. */
  private void assertRecounted() {
    for (RebuildingProcess each : List.of(one, other)) {
      awaitHeads(each.views);
      await().atMost(LONG).untilAsserted(() -> log.model.assertSame(each.views));
    }
  }

  private void awaitHeads(ViewStore views) {
    await().atMost(LONG).until(() -> log.appliedBy(views));
  }

  private static double progress(RebuildingProcess process) {
    return process
        .meters
        .get("confab.projections.rebuild.progress")
        .tag("projection", "history")
        .gauge()
        .value();
  }

  private static double stopped(RebuildingProcess process) {
    return process.meters.find("confab.projections.stopped").gauges().stream()
        .filter(gauge -> "history.rebuild".equals(gauge.getId().getTag("projection")))
        .mapToDouble(gauge -> gauge.value())
        .sum();
  }

  /** Key and headers of an event, and no envelope. */
  private static void poison() throws Exception {
    EncodedEvent event = new EncodedEvent("c", 1, EventType.MESSAGE_SENT, new byte[] {'{'});
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", kafka.servers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.send(EventRecords.encode(event, Kind.GROUP)).get();
    }
  }

  private void publish(int count) {
    try {
      log.publish(count);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
