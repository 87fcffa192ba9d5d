package io.confab.views;

import io.confab.events.EventEnvelope;
import java.util.List;

/** The containers of one generation of one view. Safe for use by many threads. */
interface CosmosView {

  /** The last sequence of the conversation that was applied; -1 where none. */
  long applied(String conversation);

  /** Folds events of one conversation over what is stored; writes nothing. */
  Folded fold(String conversation, List<EventEnvelope> events);

  /** A fold that waits to be written. */
  interface Folded {

    /**
     * Writes it, once.
     *
     * @throws StaleWriteException where another writer was at the conversation in between
     */
    void write();

    /** The last sequence of the conversation that is then applied. */
    long applied();
  }
}
