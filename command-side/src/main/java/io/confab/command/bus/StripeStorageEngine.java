package io.confab.command.bus;

import io.confab.command.store.DurableEventStorageEngine;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.eventsourcing.eventstore.DomainEventStream;
import org.axonframework.eventsourcing.eventstore.EventStorageEngine;
import org.jspecify.annotations.Nullable;

/**
 * The store as the event store sees it: on a stripe an append is queued and hung on the running
 * command; elsewhere it blocks until it is durable.
 */
final class StripeStorageEngine implements EventStorageEngine {
  private final DurableEventStorageEngine engine;

  StripeStorageEngine(DurableEventStorageEngine engine) {
    this.engine = engine;
  }

  @Override
  @SuppressWarnings("unchecked") // aggregates publish domain events only
  public void appendEvents(List<? extends EventMessage<?>> events) {
    Stripe stripe = Stripe.currentOrNull();
    if (stripe == null) {
      engine.appendEvents(events);
      return;
    }
    Execution execution = Stripe.running();
    if (execution.append != null) {
      throw new IllegalStateException("a command's events are one batch");
    }
    execution.append =
        engine.enqueue(
            (List<? extends DomainEventMessage<?>>) events, stripe.epoch(execution.conversation));
  }

  @Override
  public void storeSnapshot(DomainEventMessage<?> snapshot) {
    engine.storeSnapshot(snapshot);
  }

  @Override
  public Stream<? extends TrackedEventMessage<?>> readEvents(
      @Nullable TrackingToken token, boolean mayBlock) {
    return engine.readEvents(token, mayBlock);
  }

  @Override
  public DomainEventStream readEvents(String aggregateIdentifier, long firstSequenceNumber) {
    return engine.readEvents(aggregateIdentifier, firstSequenceNumber);
  }

  @Override
  public Optional<DomainEventMessage<?>> readSnapshot(String aggregateIdentifier) {
    return engine.readSnapshot(aggregateIdentifier);
  }

  @Override
  public Optional<Long> lastSequenceNumberFor(String aggregateIdentifier) {
    return engine.lastSequenceNumberFor(aggregateIdentifier);
  }

  @Override
  public TrackingToken createTailToken() {
    return engine.createTailToken();
  }

  @Override
  public TrackingToken createHeadToken() {
    return engine.createHeadToken();
  }

  @Override
  public TrackingToken createTokenAt(Instant dateTime) {
    return engine.createTokenAt(dateTime);
  }
}
