package io.confab.command.bus;

import io.confab.command.store.DurableEventStorageEngine;
import io.confab.command.store.StaleEpochException;
import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
  private final AggregateCache cache;
  private final Duration timeout;
  private final Runnable onLoad;

  StripeRepository(
      Builder<T> builder,
      DurableEventStorageEngine engine,
      AggregateCache cache,
      Duration timeout,
      Runnable onLoad) {
    super(builder);
    this.engine = engine;
    this.cache = cache;
    this.timeout = timeout;
    this.onLoad = onLoad;
  }

  /** Looks whether the aggregate exists first: Axon logs each failed load, with its trace. */
  @Override
  public LockAwareAggregate<T, EventSourcedAggregate<T>> load(
      String id, @Nullable Long expectedVersion) {
    if (cached(id) == null && engine.lastSequenceNumberFor(id).isEmpty()) {
      throw Refusals.unknownConversation(id);
    }
    return super.load(id, expectedVersion);
  }

  @Override
  @SuppressWarnings("unchecked") // all that is in the cache came from this repository
  protected EventSourcedAggregate<T> doLoadWithLock(String id, @Nullable Long expectedVersion) {
    evictOnRollback(id);
    AggregateCache.Slot slot = cached(id);
    if (slot != null) {
      return (EventSourcedAggregate<T>) slot.aggregate;
    }
    onLoad.run();
    return super.doLoadWithLock(id, expectedVersion);
  }

  @Override
  protected EventSourcedAggregate<T> doCreateNewForLock(Callable<T> factory) throws Exception {
    evictOnRollback(Stripe.running().conversation);
    return super.doCreateNewForLock(factory);
  }

  @Override
  protected void doSaveWithLock(EventSourcedAggregate<T> aggregate) {
    if (aggregate.version() == null) {
      return; // created by a command that was then rejected
    }
    Execution execution = Stripe.running();
    AggregateCache.Slot slot = execution.slot;
    if (slot == null) {
      slot = new AggregateCache.Slot(aggregate);
      execution.slot = slot;
    }
    cache.put(execution.conversation, slot);
  }

  private void evictOnRollback(String id) {
    CurrentUnitOfWork.get().onRollback(u -> cache.remove(id));
  }

  /**
   * The aggregate's slot; pinned for the rest of the run, as its aggregate may be evicted
   * meanwhile. Where there is none, what is queued for the aggregate is settled on return, so that
   * the store shows the whole of it.
   */
  private AggregateCache.@Nullable Slot cached(String id) {
    Execution execution = Stripe.running();
    if (execution.slot == null) {
      AggregateCache.Slot slot = cache.get(id);
      if (slot == null) {
        awaitSettled(id);
      } else {
        execution.slot = slot;
        execution.basis = slot.last;
      }
    }
    return execution.slot;
  }

  private void awaitSettled(String id) {
    CompletableFuture<Void> barrier = engine.barrier(id);
    try {
      barrier.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      // What this command would have been run on is being taken back: run it again after that.
      throw new StaleEpochException(Stripe.current().epoch(), engine.epoch());
    } catch (TimeoutException e) {
      throw unavailable(id);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(id);
    }
  }

  private CommandRejected unavailable(String id) {
    return new CommandRejected(
        RejectionCode.UNAVAILABLE,
        "what came before in this conversation is not durable in time; nothing was done",
        id,
        timeout);
  }
}
