package io.confab.edge.presence;

import java.time.Instant;
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
   * @param until when the user is to be taken for typing no more, unless another signal comes; in
   *     the past where they have stopped
   */
  record Signal(String conversation, String user, Instant until) {}
}
