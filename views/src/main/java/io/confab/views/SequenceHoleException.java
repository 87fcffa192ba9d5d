package io.confab.views;

/**
 * An event came whose predecessor had not been applied. The log has no holes, so its source is at
 * fault; a view that went on would be wrong for good.
 */
public final class SequenceHoleException extends RuntimeException {
  public SequenceHoleException(String conversation, long applied, long offered) {
    super("conversation " + conversation + ": " + offered + " offered, " + applied + " applied");
  }
}
