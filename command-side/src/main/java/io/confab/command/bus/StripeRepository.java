package io.confab.command.bus;

import io.confab.command.store.DurableEventStorageEngine;
import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import org.axonframework.eventsourcing.EventSourcedAggregate;
import org.axonframework.eventsourcing.EventSourcingRepository;
import org.axonframework.messaging.unitofwork.CurrentUnitOfWork;
import org.axonframework.modelling.command.LockAwareAggregate;
import org.jspecify.annotations.Nullable;

/**
 * Loads aggregates on the stripes, from memory or else from the store. Axon's own caching
 * repository does not do: it evicts with each rejected command, keeps an aggregate that a rejected
 * creation left without an event, and has no place to wait before it reads the store.
 */
final class StripeRepository<T> extends EventSourcingRepository<T> {
  private final DurableEventStorageEngine engine;
  private final Runnable onLoad;

  StripeRepository(Builder<T> builder, DurableEventStorageEngine engine, Runnable onLoad) {
    super(builder);
    this.engine = engine;
    this.onLoad = onLoad;
  }

  /**
   * Looks whether the aggregate exists first: Axon logs each failed load, with its trace.
   *
   * <p>What was read from the store may have in it what came after the command's time, where
   * reading took until then. The aggregate stays in memory: the next command would take as long
   * otherwise.
   */
  @Override
  public LockAwareAggregate<T, EventSourcedAggregate<T>> load(
      String id, @Nullable Long expectedVersion) {
    boolean inMemory = cached(id) != null;
    if (!inMemory && engine.lastSequenceNumberFor(id).isEmpty()) {
      throw Refusals.unknownConversation(id);
    }
    LockAwareAggregate<T, EventSourcedAggregate<T>> aggregate = super.load(id, expectedVersion);
    String tooLate = inMemory ? null : Stripe.running().tooLate();
    if (tooLate != null) {
      throw new CommandRejected(RejectionCode.UNAVAILABLE, tooLate, id, null);
    }
    return aggregate;
  }

  @Override
  protected EventSourcedAggregate<T> doLoadWithLock(String id, @Nullable Long expectedVersion) {
    evictOnRollback(id);
    EventSourcedAggregate<T> aggregate = cached(id);
    if (aggregate == null) {
      aggregate = super.doLoadWithLock(id, expectedVersion);
      onLoad.run();
    }
    return aggregate;
  }

  @Override
  protected void doSaveWithLock(EventSourcedAggregate<T> aggregate) {
    if (aggregate.version() != null) { // else created by a command that was then rejected
      Stripe.current().cache().put(aggregate.identifierAsString(), aggregate);
    }
  }

  /**
   * The aggregate in memory. Where there is none, what is in flight for it is settled on return, so
   * that the store shows the whole of it.
   */
  @SuppressWarnings("unchecked") // all that is in the cache came from this repository
  private @Nullable EventSourcedAggregate<T> cached(String id) {
    Stripe stripe = Stripe.current();
    EventSourcedAggregate<?> aggregate = stripe.cache().get(id);
    if (aggregate == null) {
      stripe.awaitSettled(id);
    }
    return (EventSourcedAggregate<T>) aggregate;
  }

  private void evictOnRollback(String id) {
    CurrentUnitOfWork.get().onRollback(u -> Stripe.current().cache().remove(id));
  }
}
