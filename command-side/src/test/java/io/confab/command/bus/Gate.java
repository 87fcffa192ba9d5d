package io.confab.command.bus;

import org.jspecify.annotations.Nullable;

/** Stops the command with one {@code clientMessageId} in its handler, until it is opened. */
final class Gate {
  private @Nullable String held;
  private boolean reached;

  synchronized void hold(String id) {
    held = id;
  }

  synchronized void awaitReached() {
    while (!reached) {
      try {
        wait();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  synchronized void open() {
    held = null;
    notifyAll();
  }

  /** Called by the handler. */
  synchronized void pass(@Nullable String id) {
    while (held != null && held.equals(id)) {
      reached = true;
      notifyAll();
      try {
        wait();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
