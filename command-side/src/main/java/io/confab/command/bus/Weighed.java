package io.confab.command.bus;

/** An aggregate that knows how much memory it takes, so that the cache can be bounded. */
public interface Weighed {

  /**
   * Bytes, roughly. Asked after each command on the thread that ran it, so it must be a field or a
   * sum of few.
   */
  int weight();
}
