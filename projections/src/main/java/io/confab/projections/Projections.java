package io.confab.projections;

import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.messaging.StreamableMessageSource;

/**
 * Keeps the views up with the log: a tracking processor for each. Events come in the order of the
 * log; each is applied once, however often it is delivered. An event that cannot be applied stops
 * its view, with an alert, until it can.
 *
 * <p>Safe for use by many threads.
 */
public final class Projections implements AutoCloseable {
  private final ViewStore views;
  private final LogHead head;
  private final List<ProjectionProcessor> processors = new ArrayList<>();

  /**
   * @param log its payloads are {@code EventEnvelope}s, and its tokens know their position: the
   *     global index of the event, as {@code head} counts it
   */
  public Projections(
      ViewStore views,
      StreamableMessageSource<TrackedEventMessage<?>> log,
      LogHead head,
      ProjectionSettings settings,
      MeterRegistry meters) {
    this.views = views;
    this.head = head;
    for (View view : View.values()) {
      processors.add(
          ProjectionProcessor.of(
              ProcessingGroups.of(view), view.wireName(), views.live(view), log, settings, meters));
      Gauge.builder("confab.projections.lag", () -> lag(view))
          .tag("projection", view.wireName())
          .baseUnit("events")
          .description("Events of the log that the view has not applied")
          .register(meters);
    }
  }

  /** Goes on from where each view stands. */
  public void start() {
    processors.forEach(ProjectionProcessor::start);
  }

  /** Stops, after the batches that are being written; can be started again. */
  @Override
  public void close() {
    processors.stream()
        .map(ProjectionProcessor::shutdownAsync)
        .toList()
        .forEach(stopped -> stopped.join());
  }

  /** The position of the last event that the view has applied; -1 where none. */
  public long position(View view) {
    return views.live(view).position();
  }

  /** How many durable events the view has not applied. */
  public long lag(View view) {
    long applied = position(view);
    return Math.max(0, head.position() - applied);
  }

  /** Whether no view lags behind the log by more than {@code bound} events. */
  public boolean caughtUp(long bound) {
    for (View view : View.values()) {
      if (lag(view) > bound) {
        return false;
      }
    }
    return true;
  }

  /**
   * Waits until the view has applied everything up to {@code position}.
   *
   * @return whether it has; false when {@code timeout} is over
   */
  public boolean awaitPosition(View view, long position, Duration timeout)
      throws InterruptedException {
    return views.awaitPosition(view, position, timeout);
  }
}
