package io.confab.projections;

import io.confab.events.EventEnvelope;
import io.confab.projections.RebuildProgress.State;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore;
import io.confab.views.ViewStore.Rebuild;
import io.confab.views.ViewWriter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.messaging.StreamableMessageSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rebuilds views from the beginning of the log, while readers and the live projections go on. A
 * second processor fills a generation of its own; when that has reached the live one's position it
 * takes its place in one step; close behind it, it holds the live projection for a second at most,
 * so that it gets there under load too. A rebuild that the end of the process cuts off is gone, and
 * the live view is as it was.
 *
 * <p>One rebuild at a time for each view. Safe for use by many threads.
 */
public final class ProjectionRebuilds implements Rebuilds, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProjectionRebuilds.class);

  /** The longest that the live projection is held for a rebuild that is close behind it. */
  private static final Duration HOLD = Duration.ofSeconds(1);

  /** How long it goes on in peace after that. */
  private static final Duration BETWEEN_HOLDS = Duration.ofSeconds(10);

  private final ViewStore views;
  private final StreamableMessageSource<TrackedEventMessage<?>> log;
  private final LogHead head;
  private final ProjectionSettings settings;
  private final MeterRegistry meters;
  private final Map<View, Run> runs = new EnumMap<>(View.class);

  /** A processor cannot wait for its own end, so another thread ends it. */
  private final ExecutorService ending =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "projection-rebuilds");
            thread.setDaemon(true);
            return thread;
          });

  private boolean closed;

  public ProjectionRebuilds(
      ViewStore views,
      StreamableMessageSource<TrackedEventMessage<?>> log,
      LogHead head,
      ProjectionSettings settings,
      MeterRegistry meters) {
    this.views = views;
    this.log = log;
    this.head = head;
    this.settings = settings;
    this.meters = meters;
    for (View view : View.values()) {
      Gauge.builder("confab.projections.rebuild.progress", () -> fraction(view))
          .tag("projection", view.wireName())
          .description("Share of the log in the generation that is being built; 1 where none is")
          .register(meters);
    }
  }

  @Override
  public synchronized RebuildProgress start(View view) {
    if (closed) {
      throw new IllegalStateException("rebuilds have ended with the process");
    }
    Run before = runs.get(view);
    if (before != null && before.state == State.RUNNING) {
      throw Rebuilds.running(view);
    }
    Run run = new Run(view, views.rebuild(view));
    runs.put(view, run);
    run.start();
    return run.progress();
  }

  @Override
  public ProjectionStatus cancel(View view) {
    Run run;
    synchronized (this) {
      run = runs.get(view);
    }
    // without the lock: it waits for the batch that is being written
    if (run == null || !run.end()) {
      throw Rebuilds.notRunning(view);
    }
    return status(view);
  }

  @Override
  public ProjectionStatus status(View view) {
    long position = views.live(view).position();
    long last = head.position();
    return new ProjectionStatus(
        view.wireName(), position, last, Math.max(0, last - position), progress(view));
  }

  /** The last rebuild of the view since the start of the process; null where there was none. */
  public synchronized @Nullable RebuildProgress progress(View view) {
    Run run = runs.get(view);
    return run == null ? null : run.progress();
  }

  private double fraction(View view) {
    RebuildProgress progress = progress(view);
    return progress == null || progress.state() != State.RUNNING ? 1 : progress.percent() / 100;
  }

  /** Stops what is running; its half-built generations are removed. */
  @Override
  public void close() {
    List<Run> open;
    synchronized (this) {
      closed = true;
      open = List.copyOf(runs.values());
    }
    open.forEach(run -> run.end());
    ending.shutdown();
  }

  private final class Run implements ViewWriter {
    private final View view;
    private final Rebuild rebuild;
    private final ProjectionProcessor processor;
    private volatile State state = State.RUNNING;
    private long nextHoldNanos = System.nanoTime();

    Run(View view, Rebuild rebuild) {
      this.view = view;
      this.rebuild = rebuild;
      this.processor =
          ProjectionProcessor.of(
              ProcessingGroups.of(view) + ".rebuild",
              view.wireName() + ".rebuild",
              this,
              log,
              settings,
              meters);
    }

    void start() {
      LOG.info("rebuilding {} up to {}", view.wireName(), head.position());
      if (!switchOver()) {
        processor.start();
      }
    }

    RebuildProgress progress() {
      return RebuildProgress.of(view.wireName(), state, rebuild.position(), head.position());
    }

    @Override
    public long position() {
      return rebuild.position();
    }

    @Override
    public void apply(List<EventEnvelope> events, long position) {
      rebuild.apply(events, position);
      long behind = views.live(view).position() - rebuild.position();
      long now = System.nanoTime();
      if (behind > 0 && behind <= 4L * settings.batchSize() && now - nextHoldNanos >= 0) {
        rebuild.holdLive(HOLD);
        nextHoldNanos = now + BETWEEN_HOLDS.toNanos();
      }
      switchOver();
    }

    private boolean switchOver() {
      if (state == State.RUNNING
          && rebuild.position() >= views.live(view).position()
          && rebuild.switchOver()) {
        state = State.DONE;
        LOG.info("rebuilt {} up to {}", view.wireName(), rebuild.position());
        ending.execute(this::end);
      }
      return state == State.DONE;
    }

    /** Whether it ended by this before it was done. */
    synchronized boolean end() {
      processor.shutDown();
      rebuild.close();
      if (state != State.RUNNING) {
        return false;
      }
      state = State.STOPPED;
      LOG.warn("the rebuild of {} ended at {}", view.wireName(), rebuild.position());
      return true;
    }
  }
}
