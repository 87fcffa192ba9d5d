package io.confab.projections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confab.events.EventEnvelope;
import io.confab.views.EventGenerator;
import io.confab.views.RocksDbViewStore;
import io.confab.views.ViewModel;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ProjectionsTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final ProjectionSettings SETTINGS =
      new ProjectionSettings(64, Duration.ofMillis(10));

  @TempDir Path directory;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final TestLog log = new TestLog();
  private final EventGenerator generator = new EventGenerator(7, 10, 20);
  private final ViewModel model = new ViewModel();
  private ViewStore views;

  @BeforeEach
  void open() {
    views = RocksDbViewStore.open(directory);
  }

  @AfterEach
  void close() {
    views.close();
    log.close();
  }

  @Test
  void theProcessingGroupsNeverChange() {
    assertThat(ProcessingGroups.of(View.HISTORY)).isEqualTo("confab.projections.history");
    assertThat(ProcessingGroups.of(View.CONVERSATIONS))
        .isEqualTo("confab.projections.conversations");
  }

  @Test
  void everyEventReachesEveryView() throws Exception {
    append(500);
    try (Projections projections = projections(views)) {
      projections.start();
      append(500);
      awaitHead(projections);
      model.assertSame(views);
      assertThat(projections.caughtUp(0)).isTrue();
      awaitApplied(meters, 1000);
      assertThat(meters.counter("confab.projections.failures", "projection", "history").count())
          .isZero();
    }
  }

  @Test
  void aRestartGoesOnFromThePositionOfTheViews() throws Exception {
    append(300);
    try (Projections projections = projections(views)) {
      projections.start();
      awaitHead(projections);
    }
    views.close();
    views = RocksDbViewStore.open(directory);
    append(300);
    SimpleMeterRegistry fresh = new SimpleMeterRegistry();
    try (Projections projections = new Projections(views, log.source(), log, SETTINGS, fresh)) {
      projections.start();
      awaitHead(projections);
      model.assertSame(views);
      awaitApplied(fresh, 300);
    }
  }

  @Test
  void aStoreThatFailsIsTriedAgainAndNothingIsSkippedOrDoubled() throws Exception {
    append(300);
    AtomicInteger left = new AtomicInteger(4);
    ViewStore flaky =
        FlakyViewStore.of(
            views,
            (view, events) -> {
              if (view == View.HISTORY && left.getAndDecrement() > 0) {
                throw new IllegalStateException("disk");
              }
            });
    try (Projections projections = projections(flaky)) {
      projections.start();
      awaitHead(projections);
      model.assertSame(views);
      assertThat(meters.counter("confab.projections.failures", "projection", "history").count())
          .isEqualTo(4);
    }
  }

  @Test
  void anErrorOfTheMachineIsTriedAgainToo() throws Exception {
    append(10);
    AtomicBoolean first = new AtomicBoolean(true);
    ViewStore flaky =
        FlakyViewStore.of(
            views,
            (view, events) -> {
              if (first.getAndSet(false)) {
                throw new StackOverflowError();
              }
            });
    try (Projections projections = projections(flaky)) {
      projections.start();
      awaitHead(projections);
      model.assertSame(views);
    }
  }

  @Test
  void anEventThatCannotBeAppliedStopsItsViewAloneUntilItCan() throws Exception {
    append(100);
    AtomicBoolean fixed = new AtomicBoolean();
    CountDownLatch failures = new CountDownLatch(3);
    EventEnvelope poison = generator.next(1).get(0);
    ViewStore flaky =
        FlakyViewStore.of(
            views,
            (view, events) -> {
              if (view == View.HISTORY && events.contains(poison) && !fixed.get()) {
                failures.countDown();
                throw new IllegalStateException("poison");
              }
            });
    try (Projections projections = projections(flaky)) {
      projections.start();
      awaitHead(projections);
      log.append(List.of(poison));
      model.add(List.of(poison));
      assertThat(failures.await(60, TimeUnit.SECONDS)).isTrue();
      append(100);
      assertThat(projections.awaitPosition(View.CONVERSATIONS, 200, LONG)).isTrue();
      assertThat(projections.position(View.HISTORY)).isEqualTo(99);
      assertThat(projections.lag(View.HISTORY)).isEqualTo(101);
      assertThat(projections.caughtUp(100)).isFalse();
      assertThat(projections.caughtUp(101)).isTrue();
      assertThat(meters.get("confab.projections.lag").tag("projection", "history").gauge().value())
          .isEqualTo(101);
      fixed.set(true);
      awaitHead(projections);
      model.assertSame(views);
    }
  }

  @Test
  void whatIsNoConversationEventIsNeverSkipped() throws Exception {
    append(5);
    log.appendForeign("what?");
    try (Projections projections = projections(views)) {
      projections.start();
      while (meters.counter("confab.projections.failures", "projection", "history").count() < 2) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      append(5);
      assertThat(projections.position(View.HISTORY)).isLessThan(5);
    }
  }

  @Test
  void aHeavyBatchIsCutWithItsPositionKept() throws Exception {
    List<EventEnvelope> started = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      started.add(LargeChannel.started("c-" + i, 25_000));
    }
    log.append(started);
    AtomicInteger writes = new AtomicInteger();
    ViewStore counted =
        FlakyViewStore.of(
            views,
            (view, events) -> {
              if (view == View.CONVERSATIONS) {
                writes.incrementAndGet();
                assertThat(events.size()).isLessThanOrEqualTo(2);
              }
            });
    try (Projections projections = projections(counted)) {
      projections.start();
      awaitHead(projections);
      assertThat(writes.get()).isGreaterThanOrEqualTo(3);
      for (int i = 0; i < 5; i++) {
        assertThat(views.conversation("c-" + i).memberCount()).isEqualTo(25_000);
      }
    }
  }

  private Projections projections(ViewStore store) {
    return new Projections(store, log.source(), log, SETTINGS, meters);
  }

  private void append(int count) {
    List<EventEnvelope> events = generator.next(count);
    log.append(events);
    model.add(events);
  }

  /** Counted once the views are written, so a moment after they can be read. */
  private static void awaitApplied(SimpleMeterRegistry registry, int events) {
    Counter applied = registry.counter("confab.projections.applied", "projection", "history");
    await().atMost(LONG).untilAsserted(() -> assertThat(applied.count()).isEqualTo(events));
  }

  private void awaitHead(Projections projections) throws InterruptedException {
    for (View view : View.values()) {
      assertThat(projections.awaitPosition(view, log.position(), LONG)).isTrue();
    }
  }
}
