package io.confab.views;

import io.confab.events.EventEnvelope;
import java.util.List;

/**
 * Takes the events of the log into one view.
 *
 * <p>A batch is folded in memory, and each document that it touches is written once. The position
 * never tells of events that are not there: after a crash or a power cut, applying what follows the
 * position that is left makes the view whole. In a store of one process documents and position are
 * one atomic write; it need not be durable when {@link #apply} returns, because the log is: what is
 * lost is always the newest, documents and position alike. A store of many processes writes the
 * position last, and all durably.
 *
 * <p>Safe for use by many threads, one batch at a time.
 */
public interface ViewWriter {

  /**
   * The position in the log up to which everything is applied; -1 where nothing is. Only where one
   * process applies the whole log: writers that share it out have no position in common.
   */
  long position();

  /**
   * Applies events in the order given. An event whose sequence was applied before is skipped, so
   * that a batch may come twice, whole or in part.
   *
   * @param position the position in the log of the last event; one below {@link #position()}, such
   *     as -1 where there is none, leaves that as it is
   * @throws SequenceHoleException with nothing written, where an event of a conversation is missing
   * @throws ViewStoreException where the store failed; a store of one process has then written
   *     nothing, another perhaps a part, which applying the events again completes
   */
  void apply(List<EventEnvelope> events, long position);
}
