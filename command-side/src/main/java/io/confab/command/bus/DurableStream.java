package io.confab.command.bus;

import java.util.Collections;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingEventStream;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.eventsourcing.eventstore.EventStorageEngine;
import org.jspecify.annotations.Nullable;

/**
 * The events behind a token, in the order of the log, as they become durable. In place of Axon's
 * own stream, which looks for an event before it takes the lock under which it waits for one, and
 * hears of an event that comes in between only with the next.
 *
 * <p>For one thread.
 */
final class DurableStream implements TrackingEventStream {
  private final EventStorageEngine engine;
  private final Signal durable;
  private Iterator<? extends TrackedEventMessage<?>> events = Collections.emptyIterator();
  private @Nullable TrackingToken last;
  private @Nullable TrackedEventMessage<?> next;

  /**
   * @param durable is raised after events became durable
   */
  DurableStream(EventStorageEngine engine, @Nullable TrackingToken after, Signal durable) {
    this.engine = engine;
    this.last = after;
    this.durable = durable;
  }

  @Override
  public Optional<TrackedEventMessage<?>> peek() {
    if (next == null) {
      if (!events.hasNext()) {
        events = engine.readEvents(last, false).iterator();
      }
      if (events.hasNext()) {
        next = events.next();
      }
    }
    return Optional.ofNullable(next);
  }

  @Override
  public boolean hasNextAvailable(int timeout, TimeUnit unit) throws InterruptedException {
    long deadline = System.nanoTime() + unit.toNanos(timeout);
    while (true) {
      long raised = durable.count();
      if (peek().isPresent()) {
        return true;
      }
      if (!durable.await(raised, deadline - System.nanoTime())) {
        return false;
      }
    }
  }

  @Override
  public TrackedEventMessage<?> nextAvailable() throws InterruptedException {
    while (!hasNextAvailable(Integer.MAX_VALUE, TimeUnit.MILLISECONDS)) {}
    TrackedEventMessage<?> event = peek().orElseThrow();
    next = null;
    last = event.trackingToken();
    return event;
  }

  @Override
  public void close() {
    events = Collections.emptyIterator();
  }
}
