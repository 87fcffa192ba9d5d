package io.confab.views;

import io.confab.events.EventEnvelope;

/**
 * An event came whose predecessor had not been applied, and nothing was changed. The log has no
 * holes: a source that may bring events out of order gets what is missing from there; a view that
 * went on would be wrong for good.
 */
public final class SequenceHoleException extends RuntimeException {
  private final String conversation;
  private final long applied;
  private final long offered;

  public SequenceHoleException(String conversation, long applied, long offered) {
    super("conversation " + conversation + ": " + offered + " offered, " + applied + " applied");
    this.conversation = conversation;
    this.applied = applied;
    this.offered = offered;
  }

  public String conversation() {
    return conversation;
  }

  /** Whether that is the event that came too early. */
  public boolean isBefore(EventEnvelope event) {
    return event.sequence() == offered && event.conversation().equals(conversation);
  }

  /** The last sequence before the hole, applied or in the same batch; -1 where none. */
  public long applied() {
    return applied;
  }

  /** The sequence that came, behind one or more that did not. */
  public long offered() {
    return offered;
  }
}
