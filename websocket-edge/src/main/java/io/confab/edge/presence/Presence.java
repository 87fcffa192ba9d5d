package io.confab.edge.presence;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Who is there. All times are those of the clock that the implementation was given.
 *
 * <p>A user's status is the strongest of all their sessions, on whichever edge: busy, online, away,
 * offline. A session counts as what it chose ({@link Device#choose}), at first online; as away once
 * nothing was heard from it for 10 s; as nothing after 15 s, or once it is closed. What a session
 * chose ends with it.
 *
 * <p>Nothing here is durable, nothing blocks, and nothing throws because a store is down: then the
 * status is {@link Status#UNKNOWN}. Safe for use by many threads.
 */
public interface Presence {

  /** A session of {@code user} is there: online from now on, as long as it is heard from. */
  Device open(String user);

  /** One session of a user. */
  interface Device extends AutoCloseable {

    /** Something was heard from the client. Cheap: may be called for each frame. */
    void heard();

    /**
     * Shows the session as this while it is heard from.
     *
     * @param status busy, online or away
     * @throws IllegalArgumentException where it is another
     */
    void choose(Status status);

    /** The session is over; where it was the user's last, the user is offline at once. */
    @Override
    void close();
  }

  /**
   * The present status of each of these users, in the same order.
   *
   * @return completes within 2 s, never exceptionally: what is not known by then is {@code unknown}
   */
  CompletableFuture<List<UserPresence>> query(List<String> users);

  /**
   * Calls {@code watcher} with the user's present status, before this returns or soon after, and
   * from then on with each change, in their order. Changes that follow each other closely on
   * different edges, or that came while a store was down, may be left out, never the last: a
   * notification that was lost is made up for within 15 s.
   *
   * @param watcher called by one thread at a time; must return at once, and must not call back
   */
  Watch watch(String user, Consumer<UserPresence> watcher);

  /** Looks for silence: to be called by one thread every 500 ms. */
  void tick();
}
