package io.confab.views;

import io.confab.events.EventEnvelope;
import java.util.HashMap;
import java.util.Map;

/**
 * A batch of events folded over the stored documents of one view. Used once, by one thread: events
 * first, then {@link #write}. Whatever the store, the rules of a view are in its fold alone.
 */
abstract class Fold {
  private final Map<String, Long> applied = new HashMap<>();

  /** Skips what was applied before. */
  final void on(EventEnvelope envelope) {
    String conversation = envelope.conversation();
    long before = applied.computeIfAbsent(conversation, this::stored);
    if (envelope.sequence() <= before) {
      return;
    }
    if (envelope.sequence() > before + 1) {
      throw new SequenceHoleException(conversation, before, envelope.sequence());
    }
    step(envelope).run();
    applied.put(conversation, envelope.sequence());
  }

  /** The last sequence of each conversation touched. */
  final Map<String, Long> applied() {
    return applied;
  }

  /** The last sequence of the conversation that the store holds; -1 where none. */
  abstract long stored(String conversation);

  /** What the event changes. */
  abstract Runnable step(EventEnvelope envelope);

  /** Hands each touched document over, once. */
  abstract void write();
}
