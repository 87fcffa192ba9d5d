package io.confab.edge.presence;

import java.util.function.Consumer;

/**
 * Who is typing where, passed on and forgotten: at most once, and lost where a store is down. Knows
 * nothing of members. Nothing blocks, nothing throws. Safe for use by many threads.
 */
public interface Typing {

  /** Tells all watchers of the conversation, on whichever edge; also those of the sender. */
  void publish(Signal signal);

  /**
   * Calls {@code watcher} with each signal from now on.
   *
   * @param watcher must return at once, and must not call back; perhaps called by several threads
   */
  Watch watch(String conversation, Consumer<Signal> watcher);

  /**
   * @param forMillis for how long the user is to be taken for typing, from the signal's arrival,
   *     unless another comes; 0 where they have stopped. A duration, because the clocks of clients
   *     are not to be relied on
   */
  record Signal(String conversation, String user, long forMillis) {}
}
