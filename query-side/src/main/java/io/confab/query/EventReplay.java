package io.confab.query;

import io.confab.events.EncodedEvent;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Reads the log of all conversations. Safe for use by many threads. */
@FunctionalInterface
public interface EventReplay {

  /**
   * Opens the log from the first event whose time is not before {@code since} (null: from the
   * start) to the head as it is now.
   *
   * <p>Log order is the order in which events became durable. Times do not follow it strictly, so
   * an event behind the first may be a little older than {@code since}; none that is newer is left
   * out behind it.
   */
  Replay open(@Nullable Instant since);

  /** A reading in progress, for one thread. Holds no more than a bounded part of the log. */
  interface Replay extends AutoCloseable {

    /**
     * The next durable event in log order, or null behind the head at which this was opened.
     *
     * @throws RuntimeException where the log cannot be read further; the reading is over then
     */
    @Nullable EncodedEvent next();

    @Override
    void close();
  }
}
