package io.confab.command.store;

/**
 * An append that was made from a state which the log does not hold, because an append before it
 * failed.
 */
public final class StaleEpochException extends RuntimeException {
  public StaleEpochException(long offered, long current) {
    super("append under epoch " + offered + ", the store is at " + current, null, false, false);
  }
}
