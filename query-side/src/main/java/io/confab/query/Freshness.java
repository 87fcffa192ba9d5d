package io.confab.query;

import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import io.confab.views.ViewReader;
import io.confab.views.ViewReader.View;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Waits, on the calling thread and for a bounded time, until views are as new as an answer must be.
 * Metric: timer {@code confab.query.wait}, tag {@code result}: {@code applied} or {@code late}.
 */
final class Freshness {
  private final ViewReader views;
  private final InboxFreshness inbox;
  private final Duration waitAtMost;
  private final Timer applied;
  private final Timer late;

  Freshness(ViewReader views, InboxFreshness inbox, Duration waitAtMost, MeterRegistry meters) {
    this.views = views;
    this.inbox = inbox;
    this.waitAtMost = waitAtMost;
    this.applied = meters.timer("confab.query.wait", "result", "applied");
    this.late = meters.timer("confab.query.wait", "result", "late");
  }

  /** The time at which a request that starts now stops waiting, in {@link System#nanoTime}. */
  long deadline() {
    return System.nanoTime() + waitAtMost.toNanos();
  }

  /**
   * Returns when each of {@code needed} has applied {@code sequence}.
   *
   * @throws CommandRejected {@code unavailable} when {@code deadline} has come before
   */
  void await(String conversation, long sequence, Set<View> needed, long deadline) {
    await(
        "sequence " + sequence,
        () -> {
          for (View view : needed) {
            Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
            if (!views.awaitApplied(view, conversation, sequence, left)) {
              return false;
            }
          }
          return true;
        });
  }

  /**
   * Returns when summaries and memberships are as new as the log is now.
   *
   * @throws CommandRejected {@code unavailable} where they do not become so in time
   */
  void awaitInbox() {
    await(null, () -> inbox.awaitCurrent(waitAtMost));
  }

  private void await(@Nullable String target, Wait wait) {
    long start = System.nanoTime();
    boolean reached = false;
    try {
      reached = wait.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      (reached ? applied : late).record(Duration.ofNanos(System.nanoTime() - start));
    }
    if (!reached) {
      throw new CommandRejected(
          RejectionCode.UNAVAILABLE,
          "The views have not caught up with the log in time",
          target,
          waitAtMost.toMillis() + " ms");
    }
  }

  private interface Wait {
    boolean run() throws InterruptedException;
  }
}
