package io.confab.command.bus;

import io.confab.command.store.DurableEventStorageEngine;
import java.util.List;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.TrackingEventStream;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.eventsourcing.eventstore.EmbeddedEventStore;
import org.jspecify.annotations.Nullable;

/**
 * Axon's event store with a tail that is woken when events are durable. A unit of work ends before
 * that, so waking it there would find nothing and then wait for the next poll.
 */
final class DurableEventStore extends EmbeddedEventStore {

  DurableEventStore(Builder builder, DurableEventStorageEngine engine) {
    super(builder.storageEngine(new StripeStorageEngine(engine)));
    engine.onDurable(() -> super.afterCommit(List.of()));
  }

  @Override
  protected void afterCommit(List<? extends EventMessage<?>> events) {}

  @Override
  public TrackingEventStream openStream(@Nullable TrackingToken trackingToken) {
    return new SlicedStream(super.openStream(trackingToken));
  }

  /** Whether the current unit of work has published an event. */
  boolean published() {
    return !queuedMessages().isEmpty();
  }
}
