package io.confab.projections;

import io.confab.events.EventEnvelope;
import java.util.List;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventsourcing.eventstore.EmbeddedEventStore;
import org.axonframework.eventsourcing.eventstore.inmemory.InMemoryEventStorageEngine;
import org.axonframework.messaging.StreamableMessageSource;

/** A log in memory, behind the event store that the product uses. */
final class TestLog implements LogHead, AutoCloseable {
  private final EmbeddedEventStore store =
      EmbeddedEventStore.builder().storageEngine(new InMemoryEventStorageEngine()).build();
  private volatile long head = -1;

  StreamableMessageSource<TrackedEventMessage<?>> source() {
    return store;
  }

  @Override
  public long position() {
    return head;
  }

  /** One by one: a reader of the engine in memory may see a batch of several out of order. */
  synchronized void append(List<EventEnvelope> events) {
    for (EventEnvelope event : events) {
      store.publish(message(event));
      head++;
    }
  }

  /** Appends what no projection can read. */
  synchronized void appendForeign(Object payload) {
    store.publish(new GenericDomainEventMessage<>("Other", "other", 0, payload));
    head++;
  }

  private static DomainEventMessage<?> message(EventEnvelope envelope) {
    return new GenericDomainEventMessage<>(
        "Conversation", envelope.conversation(), envelope.sequence(), envelope);
  }

  @Override
  public void close() {
    store.shutDown();
  }
}
