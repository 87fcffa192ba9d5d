package io.confab.command.bus;

import io.confab.command.store.DurableEventStorageEngine;
import java.util.List;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.TrackingEventStream;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.eventsourcing.eventstore.EmbeddedEventStore;
import org.jspecify.annotations.Nullable;

/**
 * Axon's event store with streams that are woken when events are durable. A unit of work ends
 * before that, so waking them there would find nothing.
 */
final class DurableEventStore extends EmbeddedEventStore {

  private final DurableEventStorageEngine engine;
  private final Signal durable = new Signal();

  DurableEventStore(Builder builder, DurableEventStorageEngine engine) {
    super(builder.storageEngine(new StripeStorageEngine(engine)));
    this.engine = engine;
    engine.onDurable(durable::raise);
  }

  /** Nothing is durable yet when a unit of work ends. */
  @Override
  protected void afterCommit(List<? extends EventMessage<?>> events) {}

  @Override
  public TrackingEventStream openStream(@Nullable TrackingToken trackingToken) {
    return new DurableStream(engine, trackingToken, durable);
  }

  /** Whether the current unit of work has published an event. */
  boolean published() {
    return !queuedMessages().isEmpty();
  }
}
