package io.confab.views;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Threads that wait for numbers which other processes move too. A writer of this process wakes at
 * once whom it satisfies; for all others one of those who wait for a number reads it for all of
 * them, from 10 ms to 250 ms apart.
 */
final class PollingWaiters<K> {
  private static final Duration FIRST = Duration.ofMillis(10);
  private static final Duration LAST = Duration.ofMillis(250);

  private final Waiters<K> waiters = new Waiters<>();
  private final Set<K> polled = ConcurrentHashMap.newKeySet();

  boolean await(K key, long bound, LongSupplier current, Duration timeout)
      throws InterruptedException {
    if (current.getAsLong() >= bound) {
      return true;
    }
    long deadline = System.nanoTime() + timeout.toNanos();
    long pause = FIRST.toNanos();
    boolean polls = false;
    try {
      while (true) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return current.getAsLong() >= bound;
        }
        if (waiters.await(key, bound, () -> -1, Duration.ofNanos(Math.min(left, pause)))) {
          return true;
        }
        pause = Math.min(2 * pause, LAST.toNanos());
        polls = polls || polled.add(key);
        if (polls) {
          long value = current.getAsLong();
          if (value >= bound) {
            return true;
          }
          waiters.reached(key, value);
        }
      }
    } finally {
      if (polls) {
        polled.remove(key);
      }
    }
  }

  /** Wakes all that wait for {@code value} or less. To be called after the number has moved. */
  void reached(K key, long value) {
    waiters.reached(key, value);
  }
}
