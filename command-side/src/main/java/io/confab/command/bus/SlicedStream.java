package io.confab.command.bus;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingEventStream;

/**
 * A stream that waits in slices of {@value #SLICE_MILLIS} ms. Axon's own looks for an event before
 * it takes the lock under which it waits for one: of an event that comes in between, it hears only
 * with the next, or at the end of its wait.
 */
final class SlicedStream implements TrackingEventStream {
  static final int SLICE_MILLIS = 5;

  private final TrackingEventStream stream;

  SlicedStream(TrackingEventStream stream) {
    this.stream = stream;
  }

  @Override
  public Optional<TrackedEventMessage<?>> peek() {
    return stream.peek();
  }

  @Override
  public boolean hasNextAvailable(int timeout, TimeUnit unit) throws InterruptedException {
    long deadline = System.nanoTime() + unit.toNanos(timeout);
    long left = unit.toNanos(timeout);
    while (left > TimeUnit.MILLISECONDS.toNanos(SLICE_MILLIS)) {
      if (stream.hasNextAvailable(SLICE_MILLIS, TimeUnit.MILLISECONDS)) {
        return true;
      }
      left = deadline - System.nanoTime();
    }
    return stream.hasNextAvailable((int) Math.max(0, left), TimeUnit.NANOSECONDS);
  }

  @Override
  public TrackedEventMessage<?> nextAvailable() throws InterruptedException {
    while (!stream.hasNextAvailable(SLICE_MILLIS, TimeUnit.MILLISECONDS)) {}
    return stream.nextAvailable();
  }

  @Override
  public void close() {
    stream.close();
  }
}
