package io.confab.query;

import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import io.confab.views.ViewReader;
import io.confab.views.ViewReader.View;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Waits, on the calling thread and for a bounded time, until views are as new as an answer must be.
 * How many wait at a time is bounded too, so that those who ask for what is far away do not hold
 * every request thread: one more that has to wait is refused at once. Metric: timer {@code
 * confab.query.wait}, tag {@code result}: {@code applied}, {@code late} or {@code refused}.
 */
final class Freshness {
  private final ViewReader views;
  private final InboxFreshness inbox;
  private final Duration waitAtMost;
  private final Timer applied;
  private final Timer late;
  private final Timer refused;
  private final int waits;
  private final Semaphore permits;

  /**
   * @param waits how many may wait at a time
   */
  Freshness(
      ViewReader views,
      InboxFreshness inbox,
      Duration waitAtMost,
      int waits,
      MeterRegistry meters) {
    this.views = views;
    this.inbox = inbox;
    this.waitAtMost = waitAtMost;
    this.applied = meters.timer("confab.query.wait", "result", "applied");
    this.late = meters.timer("confab.query.wait", "result", "late");
    this.refused = meters.timer("confab.query.wait", "result", "refused");
    this.waits = waits;
    this.permits = new Semaphore(waits);
  }

  /** The time at which a request that starts now stops waiting, in {@link System#nanoTime}. */
  long deadline() {
    return System.nanoTime() + waitAtMost.toNanos();
  }

  /**
   * Returns when each of {@code needed} has applied {@code sequence}.
   *
   * @throws CommandRejected {@code unavailable} when {@code deadline} has come before, or where too
   *     many wait already
   */
  void await(String conversation, long sequence, Set<View> needed, long deadline) {
    await(
        "sequence " + sequence,
        deadline,
        until -> {
          for (View view : needed) {
            if (!views.awaitApplied(view, conversation, sequence, left(until))) {
              return false;
            }
          }
          return true;
        });
  }

  /**
   * Returns when summaries and memberships are as new as the log is now.
   *
   * @throws CommandRejected {@code unavailable} where they do not become so in time, or where too
   *     many wait already
   */
  void awaitInbox() {
    await(null, deadline(), until -> inbox.awaitCurrent(left(until)));
  }

  private void await(@Nullable String target, long deadline, Wait wait) {
    long start = System.nanoTime();
    Timer result = late;
    try {
      if (wait.reached(start)) {
        result = applied;
      } else if (!permits.tryAcquire()) {
        result = refused;
        throw new CommandRejected(
            RejectionCode.UNAVAILABLE,
            "As many queries as may wait for the views at a time are waiting",
            waits + 1,
            waits + " at a time");
      } else {
        try {
          result = wait.reached(deadline) ? applied : late;
        } finally {
          permits.release();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      result.record(Duration.ofNanos(System.nanoTime() - start));
    }
    if (result == late) {
      throw new CommandRejected(
          RejectionCode.UNAVAILABLE,
          "The views have not caught up with the log in time",
          target,
          waitAtMost.toMillis() + " ms");
    }
  }

  private static Duration left(long deadline) {
    return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
  }

  private interface Wait {
    /** Whether it has come by {@code deadline}; does not wait for one that is over. */
    boolean reached(long deadline) throws InterruptedException;
  }
}
