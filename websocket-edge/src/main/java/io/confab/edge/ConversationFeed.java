package io.confab.edge;

import io.confab.events.EncodedEvent;
import java.util.List;

/**
 * The live end of the log of all conversations.
 *
 * <p>Delivers each event that becomes durable after {@link #subscribe} returned, at least once; the
 * events of one conversation in sequence order, of which any part may be repeated. What is
 * delivered can already be read from the {@link io.confab.events.EventLog}.
 */
public interface ConversationFeed {

  /** Starts the delivery to {@code listener}; what was durable before may be delivered too. */
  Subscription subscribe(Listener listener);

  /** Takes what the feed delivers. */
  interface Listener {

    /**
     * Called by one thread of the feed's at a time; the listener may keep the list, which nobody
     * changes. May block while the listener is behind, and the feed then waits.
     */
    void onEvents(List<EncodedEvent> events);
  }

  /** A running delivery. */
  interface Subscription extends AutoCloseable {

    /** Ends the delivery; the listener may still be called once while this runs. */
    @Override
    void close();
  }
}
