package io.confab.query;

import io.confab.events.EncodedEvent;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Reads the log of all conversations. Safe for use by many threads. */
@FunctionalInterface
public interface EventReplay {

  /**
   * Opens the log, to the head as it is now, for exactly those events whose time is not before
   * {@code since} and is before {@code until}; null leaves that end open.
   *
   * <p>Log order is the order in which events became durable. Times do not follow it strictly.
   */
  Replay open(@Nullable Instant since, @Nullable Instant until);

  /** A reading in progress, for one thread. Holds no more than a bounded part of the log. */
  interface Replay extends AutoCloseable {

    /**
     * The next such event in log order, or null behind the head at which this was opened.
     *
     * @throws RuntimeException where the log cannot be read further; the reading is over then
     */
    @Nullable EncodedEvent next();

    @Override
    void close();
  }
}
