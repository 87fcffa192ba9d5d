package io.confab.kafka;

import io.confab.events.EncodedEvent;
import java.time.Duration;
import java.util.List;

/**
 * The log of all conversations in the event store of one process: each durable event has an index,
 * from 0 and without gaps, and the events of a conversation are there in order. Shows only what is
 * durable. Used by one thread at a time.
 */
public interface MirroredLog {

  /** The index of the last durable event, or -1 where there is none. Cheap, and for any thread. */
  long last();

  /** The events {@code from}, {@code from + 1}, …, at most {@code limit}; empty behind the last. */
  List<EncodedEvent> read(long from, int limit);

  /**
   * Waits until there is an event behind {@code beyond}, at most for {@code patience}.
   *
   * @return whether there is one
   */
  boolean await(long beyond, Duration patience) throws InterruptedException;
}
