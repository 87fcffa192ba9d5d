package io.confab.command.store;

import java.time.Instant;
import java.util.List;

/**
 * Reads the log of all conversations. Shows only what is durable. Safe for use by many threads.
 *
 * <p>Every method throws {@link io.confab.events.CommandRejected} with {@code unavailable} where
 * the log cannot be read at the moment.
 */
public interface DurableLog {

  /** The index of the last durable event, or -1 where there is none. */
  long durableIndex();

  /**
   * The durable events {@code fromIndex}, {@code fromIndex + 1}, … in order and without a hole, at
   * most {@code limit} of them; empty behind the last.
   */
  List<LogEntry> readLog(long fromIndex, int limit);

  /**
   * The index of the first event that happened at {@code time} or later, to the millisecond; behind
   * the last where there is none. Clocks may disagree: events behind that one can be older.
   */
  long indexAt(Instant time);

  /**
   * An index from {@code fromIndex} on, such that all events from there up to it, itself not
   * included, happened at {@code time} or later, to the millisecond. Reads no events, so that what
   * need not be read can be passed over; looks at a bounded part of the log.
   */
  long passNewer(long fromIndex, Instant time);
}
