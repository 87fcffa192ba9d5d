package io.confab.query;

import java.time.Duration;

/** Says when summaries and memberships are as new as the log. Safe for use by many threads. */
@FunctionalInterface
public interface InboxFreshness {

  /**
   * Waits until the view of conversations has applied every event, of any conversation, that was
   * durable when this was called.
   *
   * @return whether it has; false when {@code timeout} is over
   */
  boolean awaitCurrent(Duration timeout) throws InterruptedException;
}
