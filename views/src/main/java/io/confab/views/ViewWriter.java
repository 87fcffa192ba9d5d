package io.confab.views;

import io.confab.events.EventEnvelope;
import java.util.List;

/**
 * Takes the events of the log into one view.
 *
 * <p>A batch is folded in memory, and each document that it touches is written once. The documents
 * and the position are one atomic write: after a crash or a power cut either both are there or
 * neither is. The write need not be durable when {@link #apply} returns, because the log is: what
 * is lost is always the newest, documents and position alike, and is delivered again from the
 * position that is left.
 *
 * <p>Safe for use by many threads, one batch at a time.
 */
public interface ViewWriter {

  /** The position in the log up to which everything is applied; -1 where nothing is. */
  long position();

  /**
   * Applies events in the order given. An event whose sequence was applied before is skipped, so
   * that a batch may come twice, whole or in part.
   *
   * @param position the position in the log of the last event; one below {@link #position()} leaves
   *     that as it is
   * @throws SequenceHoleException with nothing written, where an event of a conversation is missing
   * @throws ViewStoreException with nothing written, where the store failed
   */
  void apply(List<EventEnvelope> events, long position);
}
