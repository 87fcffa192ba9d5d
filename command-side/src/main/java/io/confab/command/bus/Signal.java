package io.confab.command.bus;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Wakes those who wait for something to happen. Who reads the count, then looks, then waits for the
 * count to go up, misses nothing. Safe for use by many threads.
 */
final class Signal {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition raised = lock.newCondition();
  private volatile long count;

  /** How often it was raised. */
  long count() {
    return count;
  }

  void raise() {
    lock.lock();
    try {
      count++;
      raised.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until it has been raised more than {@code count} times, at most for {@code nanos}.
   *
   * @return whether it has
   */
  boolean await(long count, long nanos) throws InterruptedException {
    long deadline = System.nanoTime() + nanos;
    lock.lockInterruptibly();
    try {
      while (this.count <= count) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        raised.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }
}
