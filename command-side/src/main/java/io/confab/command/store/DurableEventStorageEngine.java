package io.confab.command.store;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventsourcing.eventstore.EventStorageEngine;

/**
 * An event store that takes a batch without waiting for the disk, and says later whether it is
 * durable.
 *
 * <ul>
 *   <li><b>Order.</b> Batches become durable in the order in which they were enqueued, and each as
 *       a whole: after a crash, what is left is a prefix.
 *   <li><b>Readers</b> see only what is durable.
 *   <li><b>Failure.</b> When a batch fails, every batch enqueued under the same epoch that is not
 *       durable yet fails with it, and the epoch goes up: whoever built on what failed is refused,
 *       because its batch carries the old epoch.
 * </ul>
 *
 * All methods are safe for use by many threads.
 */
public interface DurableEventStorageEngine extends EventStorageEngine {

  /** Goes up by one with each failure. What was read before it went up may be ahead of the log. */
  long epoch();

  /**
   * Queues events of one aggregate, consecutive in sequence, as one batch. Returns at once.
   *
   * @param epoch what {@link #epoch()} was before the state was read from which the events were
   *     made
   * @return completes when the batch is durable; fails with {@code
   *     org.axonframework.modelling.command.ConcurrencyException} where the sequence was taken,
   *     with {@link StaleEpochException} where the epoch has gone up, else with the store's failure
   * @throws io.confab.events.CommandRejected {@code unavailable}, with nothing queued, where more
   *     bytes wait than the bound allows
   */
  CompletableFuture<Void> enqueue(List<? extends DomainEventMessage<?>> events, long epoch);

  /**
   * Completes when all that was enqueued before for that aggregate is durable; fails where any of
   * it failed.
   */
  CompletableFuture<Void> barrier(String aggregateIdentifier);

  /**
   * Calls {@code listener} after events became durable, on the committer's thread: it must not
   * block.
   */
  void onDurable(Runnable listener);
}
