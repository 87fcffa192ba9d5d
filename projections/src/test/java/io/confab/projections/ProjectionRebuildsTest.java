package io.confab.projections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.events.CommandRejected;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EventEnvelope;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import io.confab.projections.RebuildProgress.State;
import io.confab.views.EventGenerator;
import io.confab.views.RocksDbViewStore;
import io.confab.views.ViewModel;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ProjectionRebuildsTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final ProjectionSettings SETTINGS =
      new ProjectionSettings(50, Duration.ofMillis(10));

  @TempDir Path directory;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final TestLog log = new TestLog();
  private final EventGenerator generator = new EventGenerator(11, 20, 20);
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
  void aRebuildPutsRightWhatWasWrong() throws Exception {
    List<EventEnvelope> events = generator.next(400);
    log.append(events);
    model.add(events);
    List<EventEnvelope> wrong = events.stream().map(ProjectionRebuildsTest::spoiled).toList();
    for (View view : View.values()) {
      views.live(view).apply(wrong, 399);
    }
    assertThatThrownBy(() -> model.assertSame(views)).isInstanceOf(AssertionError.class);
    try (ProjectionRebuilds rebuilds = rebuilds(views)) {
      for (View view : View.values()) {
        rebuilds.start(view);
        awaitDone(rebuilds, view);
      }
      model.assertSame(views);
    }
  }

  static EventEnvelope spoiled(EventEnvelope e) {
    return e.event() instanceof MessageSent sent
        ? new EventEnvelope(
            e.conversation(),
            e.sequence(),
            e.at(),
            e.by(),
            new MessageSent(sent.ordinal(), MessageContent.of("spoiled")))
        : e;
  }

  @Test
  void noEventIsMissedOrDoubledWhileTheLogGrowsAndReadersRead() throws Exception {
    append(500);
    AtomicBoolean over = new AtomicBoolean();
    try (Projections projections = new Projections(views, log.source(), log, SETTINGS, meters);
        ProjectionRebuilds rebuilds = rebuilds(views)) {
      projections.start();
      awaitHead();
      CompletableFuture<Void> reader =
          CompletableFuture.runAsync(
              () -> {
                long applied = -1;
                while (!over.get()) {
                  long now = views.applied(View.HISTORY, "c-1");
                  assertThat(now).isGreaterThanOrEqualTo(applied);
                  applied = now;
                }
              });
      for (View view : View.values()) {
        rebuilds.start(view);
      }
      for (int i = 0; i < 50; i++) {
        append(20);
      }
      for (View view : View.values()) {
        awaitDone(rebuilds, view);
      }
      append(200);
      awaitHead();
      over.set(true);
      reader.get(60, TimeUnit.SECONDS);
      model.assertSame(views);
    } finally {
      over.set(true);
    }
  }

  @Test
  void oneAtATimeAndTheLiveViewGoesOn() throws Exception {
    append(200);
    HeldRebuilds held = new HeldRebuilds();
    ViewStore slow = held.of(views);
    try (Projections projections = new Projections(slow, log.source(), log, SETTINGS, meters);
        ProjectionRebuilds rebuilds = rebuilds(slow)) {
      projections.start();
      awaitHead();
      rebuilds.start(View.HISTORY);
      assertThat(held.held.await(60, TimeUnit.SECONDS)).isTrue();
      assertThatThrownBy(() -> rebuilds.start(View.HISTORY))
          .isInstanceOfSatisfying(
              CommandRejected.class, e -> assertThat(e.code()).isEqualTo(RejectionCode.CONFLICT));
      assertThat(rebuilds.progress(View.HISTORY))
          .isEqualTo(new RebuildProgress("history", State.RUNNING, 49, 199, 25.0));
      assertThat(
              meters
                  .get("confab.projections.rebuild.progress")
                  .tag("projection", "history")
                  .gauge()
                  .value())
          .isEqualTo(0.25);
      append(100);
      awaitHead();
      model.assertSame(views);
      held.letGo.countDown();
      awaitDone(rebuilds, View.HISTORY);
      assertThat(rebuilds.progress(View.HISTORY).percent()).isEqualTo(100);
      model.assertSame(views);
    }
  }

  @Test
  void aRebuildThatIsCutOffLeavesTheLiveView() throws Exception {
    append(200);
    HeldRebuilds held = new HeldRebuilds();
    ViewStore slow = held.of(views);
    try (Projections projections = new Projections(slow, log.source(), log, SETTINGS, meters)) {
      projections.start();
      awaitHead();
      ProjectionRebuilds rebuilds = rebuilds(slow);
      rebuilds.start(View.HISTORY);
      assertThat(held.held.await(60, TimeUnit.SECONDS)).isTrue();
      CompletableFuture<Void> closing = CompletableFuture.runAsync(rebuilds::close);
      held.letGo.countDown();
      closing.get(60, TimeUnit.SECONDS);
      assertThat(rebuilds.progress(View.HISTORY).state()).isNotEqualTo(State.RUNNING);
      assertThatThrownBy(() -> rebuilds.start(View.HISTORY))
          .isInstanceOf(IllegalStateException.class);
      model.assertSame(views);
    }
  }

  @Test
  void aRebuildThatIsCancelledLeavesTheLiveViewAndIsBegunAnew() throws Exception {
    append(200);
    HeldRebuilds held = new HeldRebuilds();
    ViewStore slow = held.of(views);
    try (Projections projections = new Projections(slow, log.source(), log, SETTINGS, meters);
        ProjectionRebuilds rebuilds = rebuilds(slow)) {
      projections.start();
      awaitHead();
      assertNoneToCancel(rebuilds);
      rebuilds.start(View.HISTORY);
      assertThat(held.held.await(60, TimeUnit.SECONDS)).isTrue();
      CompletableFuture<ProjectionStatus> cancelling = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                try {
                  cancelling.complete(rebuilds.cancel(View.HISTORY));
                } catch (RuntimeException e) {
                  cancelling.completeExceptionally(e);
                }
              });
      thread.start();
      while (thread.getState() != Thread.State.WAITING && thread.isAlive()) {
        Thread.onSpinWait();
      }
      held.letGo.countDown(); // the batch that it waits for
      RebuildProgress cancelled = cancelling.get(60, TimeUnit.SECONDS).rebuild();
      assertThat(cancelled).isNotNull();
      assertThat(cancelled.state()).isEqualTo(State.STOPPED);
      assertThat(rebuilds.progress(View.HISTORY)).isEqualTo(cancelled);
      assertNoneToCancel(rebuilds);
      model.assertSame(views);
      rebuilds.start(View.HISTORY);
      awaitDone(rebuilds, View.HISTORY);
      assertNoneToCancel(rebuilds);
      model.assertSame(views);
    }
  }

  private static void assertNoneToCancel(ProjectionRebuilds rebuilds) {
    assertThatThrownBy(() -> rebuilds.cancel(View.HISTORY))
        .isInstanceOfSatisfying(
            CommandRejected.class, e -> assertThat(e.code()).isEqualTo(RejectionCode.CONFLICT));
  }

  @Test
  void anEmptyLogIsRebuiltAtOnce() {
    try (ProjectionRebuilds rebuilds = rebuilds(views)) {
      assertThat(rebuilds.progress(View.HISTORY)).isNull();
      assertThat(rebuilds.start(View.HISTORY))
          .isEqualTo(new RebuildProgress("history", State.DONE, -1, -1, 100));
      assertThat(rebuilds.start(View.HISTORY).state()).isEqualTo(State.DONE);
    }
  }

  private ProjectionRebuilds rebuilds(ViewStore store) {
    return new ProjectionRebuilds(store, log.source(), log, SETTINGS, meters);
  }

  private static void awaitDone(ProjectionRebuilds rebuilds, View view) {
    while (rebuilds.progress(view).state() == State.RUNNING) {
      Thread.onSpinWait();
    }
    assertThat(rebuilds.progress(view).state()).isEqualTo(State.DONE);
  }

  private void append(int count) {
    List<EventEnvelope> events = generator.next(count);
    log.append(events);
    model.add(events);
  }

  private void awaitHead() throws InterruptedException {
    for (View view : View.values()) {
      assertThat(views.awaitPosition(view, log.position(), LONG)).isTrue();
    }
  }
}
