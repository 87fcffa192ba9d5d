package io.confab.edge;

import io.confab.events.EncodedEvent;
import java.util.List;

/**
 * The live end of the log of all conversations.
 *
 * <p>Delivers each event that becomes durable after {@link #subscribe} returned, at least once; the
 * events of one conversation in sequence order, of which any part may be repeated. What is
 * delivered can already be read from the {@link io.confab.events.EventLog}.
 *
 * <p>A feed over a network may deliver only the conversations in which there is {@link #interest},
 * and may miss events of those; it then calls {@link Listener#onHead} within its own bound, so that
 * whoever listens reads them from the log.
 */
public interface ConversationFeed {

  /**
   * Says that somebody here is to be given a conversation from now on, or nobody any more. After
   * the first, a feed that does not deliver everything calls {@link Listener#onHead} as soon as it
   * delivers that conversation. Does not block. The calls about one conversation come one after the
   * other, and each changes what the one before said; ones about several may come at once.
   */
  default void interest(String conversation, boolean wanted) {}

  /** Starts the delivery to {@code listener}; what was durable before may be delivered too. */
  Subscription subscribe(Listener listener);

  /** Takes what the feed delivers. */
  interface Listener {

    /**
     * Called by one thread of the feed's at a time; the listener may keep the list, which nobody
     * changes. May block while the listener is behind, and the feed then waits.
     */
    void onEvents(List<EncodedEvent> events);

    /**
     * The log of the conversation goes up to {@code head} at least, and the feed may not have
     * brought all of that. Called by any thread; does not block.
     */
    default void onHead(String conversation, long head) {}
  }

  /** A running delivery. */
  interface Subscription extends AutoCloseable {

    /** Ends the delivery; the listener may still be called once while this runs. */
    @Override
    void close();
  }
}
