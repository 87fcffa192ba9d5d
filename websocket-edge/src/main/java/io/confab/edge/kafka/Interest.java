package io.confab.edge.kafka;

import io.confab.events.Kind;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A conversation with subscribers here. */
final class Interest {
  final String conversation;

  /** Null until it is known. */
  volatile @Nullable Kind kind;

  private final AtomicLong reached = new AtomicLong(-1);

  Interest(String conversation) {
    this.conversation = conversation;
  }

  /** The greatest sequence that the listener was told of. */
  long reached() {
    return reached.get();
  }

  void reached(long sequence) {
    reached.accumulateAndGet(sequence, Math::max);
  }
}
