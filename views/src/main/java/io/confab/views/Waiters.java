package io.confab.views;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Threads that wait for a number that only grows, each for its own bound. One that waits costs
 * nothing until its bound is reached; a writer pays one look-up per key that it moved.
 *
 * <p>No wake-up is lost: a waiter first joins and then reads the number, a writer first moves the
 * number and then looks for waiters, so one of the two sees the other.
 */
final class Waiters<K> {
  private final ConcurrentHashMap<K, Set<Waiter>> waiting = new ConcurrentHashMap<>();

  boolean await(K key, long bound, LongSupplier current, Duration timeout)
      throws InterruptedException {
    if (current.getAsLong() >= bound) {
      return true;
    }
    Waiter waiter = new Waiter(bound, new CountDownLatch(1));
    waiting.compute(
        key,
        (k, set) -> {
          Set<Waiter> joined = set == null ? new HashSet<>() : set;
          joined.add(waiter);
          return joined;
        });
    try {
      return current.getAsLong() >= bound
          || waiter.reached.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } finally {
      leave(key, waiter);
    }
  }

  /** Wakes all that wait for {@code value} or less. To be called after the number has moved. */
  void reached(K key, long value) {
    if (!waiting.containsKey(key)) {
      return;
    }
    List<Waiter> done = new ArrayList<>();
    waiting.computeIfPresent(
        key,
        (k, set) -> {
          set.removeIf(waiter -> waiter.bound <= value && done.add(waiter));
          return set.isEmpty() ? null : set;
        });
    done.forEach(waiter -> waiter.reached.countDown());
  }

  /** The keys for which someone waits now. */
  List<K> keys() {
    return List.copyOf(waiting.keySet());
  }

  private void leave(K key, Waiter waiter) {
    waiting.computeIfPresent(
        key,
        (k, set) -> {
          set.remove(waiter);
          return set.isEmpty() ? null : set;
        });
  }

  private static final class Waiter {
    private final long bound;
    private final CountDownLatch reached;

    Waiter(long bound, CountDownLatch reached) {
      this.bound = bound;
      this.reached = reached;
    }
  }
}
