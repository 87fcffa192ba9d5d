package io.confab.edge.presence;

import java.util.function.Consumer;

/** Typing within one process. */
public final class EmbeddedTyping implements Typing {
  private final Watchers<Signal> watchers = new Watchers<>();

  @Override
  public void publish(Signal signal) {
    watchers.tell(signal.conversation(), signal);
  }

  @Override
  public Watch watch(String conversation, Consumer<Signal> watcher) {
    return watchers.add(conversation, watcher);
  }
}
