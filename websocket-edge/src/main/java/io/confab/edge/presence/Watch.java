package io.confab.edge.presence;

/** A running notification. */
public interface Watch extends AutoCloseable {

  /** Ends it; the watcher may still be called once while this runs. Ending it twice is harmless. */
  @Override
  void close();
}
