package io.confab.events;

import java.util.List;

/**
 * Reads the log of one conversation from the event store. Shows only what is durable. Safe for use
 * by many threads.
 */
public interface EventLog {

  /** The sequence of the last durable event, or -1 where the conversation does not exist. */
  long head(String conversation);

  /**
   * The durable events {@code from}, {@code from + 1}, … in order and without a hole, at most
   * {@code limit} of them; empty behind the head.
   */
  List<EncodedEvent> read(String conversation, long from, int limit);
}
