package io.confab.edge;

import io.confab.events.EncodedEvent;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

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

  /**
   * Says that a user has sessions here from now on, or none any more: a feed that does not deliver
   * everything delivers what concerns these users. Does not block. The calls about one user come
   * one after the other, and each changes what the one before said.
   *
   * @return completed once what becomes durable from then on is delivered for the user, or once the
   *     feed cannot say so for now and will make good what is missed; never exceptionally. Perhaps
   *     not for long, where the feed gets no answer
   */
  default CompletableFuture<@Nullable Void> user(String user, boolean here) {
    return CompletableFuture.completedFuture(null);
  }

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

    /**
     * This event has added members to its conversation, or removed one, whether or not there is
     * interest in the conversation; {@link #onEvents} brings it too, before or after, where there
     * is. Called by any thread; does not block.
     *
     * @throws RuntimeException where it cannot be handled
     */
    default void onMembers(EncodedEvent event) {}

    /**
     * The user may have been added to conversations of which the feed has said nothing. Called by
     * any thread; may block.
     */
    default void onDoubt(String user) {}
  }

  /** A running delivery. */
  interface Subscription extends AutoCloseable {

    /** Ends the delivery; the listener may still be called once while this runs. */
    @Override
    void close();
  }
}
