package io.confab.command.store;

import java.util.List;
import org.axonframework.eventhandling.DomainEventMessage;

/** What every store asks of a batch. */
final class Batches {
  private Batches() {}

  /**
   * Says so where the events are not of one aggregate, or leave a hole.
   *
   * @throws IllegalArgumentException with both places
   */
  static void requireConsecutive(List<? extends DomainEventMessage<?>> events) {
    for (int i = 1; i < events.size(); i++) {
      DomainEventMessage<?> event = events.get(i);
      DomainEventMessage<?> before = events.get(i - 1);
      if (!event.getAggregateIdentifier().equals(before.getAggregateIdentifier())
          || event.getSequenceNumber() != before.getSequenceNumber() + 1) {
        throw new IllegalArgumentException(
            StoredEvent.place(event.getAggregateIdentifier(), event.getSequenceNumber())
                + " cannot follow "
                + StoredEvent.place(before.getAggregateIdentifier(), before.getSequenceNumber())
                + " in a batch");
      }
    }
  }
}
