package io.confab.command.bus;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A queue from many threads to one, which is woken only where it sleeps. First in, first out.
 *
 * @param <T> what is handed over
 */
final class Mailbox<T> {
  private final ConcurrentLinkedQueue<T> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger size = new AtomicInteger();
  private volatile @Nullable Thread sleeper;

  /** Adds {@code item} and wakes the reader. */
  void put(T item) {
    size.incrementAndGet();
    queue.add(item);
    wake();
  }

  /** Adds {@code item} where fewer than {@code bound} wait. */
  boolean offer(T item, int bound) {
    if (size.get() >= bound) {
      return false;
    }
    put(item);
    return true;
  }

  /** Takes {@code item} out again; false where the reader has it. */
  boolean withdraw(T item) {
    boolean there = queue.remove(item);
    if (there) {
      size.decrementAndGet();
    }
    return there;
  }

  /** The next item, or null where there is none. For the one reader. */
  @Nullable T poll() {
    T item = queue.poll();
    if (item != null) {
      size.decrementAndGet();
    }
    return item;
  }

  /**
   * Sleeps until something is put, {@link #wake} is called or {@code nanos} have passed; may return
   * without reason. For the one reader, which looks at what it waits for in {@code idle}: evaluated
   * after the others can see that it sleeps, so nothing is missed.
   */
  void sleep(long nanos, BooleanSupplier idle) {
    sleeper = Thread.currentThread();
    try {
      if (idle.getAsBoolean()) {
        LockSupport.parkNanos(this, nanos);
      }
    } finally {
      sleeper = null;
    }
  }

  /** Wakes the reader where it sleeps. */
  void wake() {
    Thread thread = sleeper;
    if (thread != null) {
      sleeper = null; // one waker is enough
      LockSupport.unpark(thread);
    }
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  /** How many wait; near enough for a bound and a gauge. */
  int size() {
    return size.get();
  }
}
