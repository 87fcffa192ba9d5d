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
 *   <li><b>Order.</b> Batches of one aggregate become durable in the order in which they were
 *       enqueued, and each as a whole: after a crash, what is left is a prefix. A store with one
 *       log for all aggregates, as the embedded one, promises that of all batches.
 *   <li><b>Readers</b> see only what is durable.
 *   <li><b>Failure.</b> When a batch fails, every batch of that aggregate enqueued under the same
 *       epoch that is not durable yet fails with it, and the epoch goes up: whoever built on what
 *       failed is refused, because its batch carries the old epoch. A store with one log fails and
 *       refuses batches of other aggregates too.
 * </ul>
 *
 * All methods are safe for use by many threads.
 */
public interface DurableEventStorageEngine extends EventStorageEngine {

  /** Goes up by one with each failure. What was read before it went up may be ahead of the log. */
  long epoch();

  /**
   * Whether a failure refuses batches of its own aggregate alone. The epoch goes up even so, but
   * what was read of other aggregates before is as good as it was.
   */
  default boolean isolatesFailures() {
    return false;
  }

  /**
   * Queues events of one aggregate, consecutive in sequence, as one batch. Returns at once.
   *
   * @param epoch what {@link #epoch()} was before the state was read from which the events were
   *     made
   * @return completes when the batch is durable; fails with {@code
   *     org.axonframework.modelling.command.ConcurrencyException} where the sequence was taken,
   *     with {@link StaleEpochException} where the epoch has gone up, and with {@link
   *     io.confab.events.CommandRejected} {@code unavailable} where the store could not write: then
   *     nothing of the batch is in the log, nor will be. What is unknown is not answered; only
   *     where the store is closed or broken while the outcome is unknown, it fails with {@link
   *     IllegalStateException}. Dependents may run on the thread that writes: they must not block
   * @throws io.confab.events.CommandRejected {@code unavailable}, with nothing queued, where more
   *     bytes wait than the bound allows, or the store takes no writes
   * @throws IllegalArgumentException where the events are not as said
   */
  CompletableFuture<Void> enqueue(List<? extends DomainEventMessage<?>> events, long epoch);

  /**
   * Whether {@link #enqueue} would take something now; a hint that spares work which would be
   * refused.
   */
  default boolean accepting() {
    return true;
  }

  /**
   * Completes when all that was enqueued before for that aggregate is durable; fails where any of
   * it fails while this waits, and may fail with {@link StaleEpochException} where the epoch goes
   * up for another aggregate. Says nothing of what had failed before the call: whoever asks on
   * behalf of a state also compares the {@link #epoch()} afterwards with that of the state.
   *
   * @return a future of the caller's own: one that waits for it runs nothing that hangs on an
   *     append
   */
  CompletableFuture<Void> barrier(String aggregateIdentifier);

  /**
   * Whether the log holds events of that aggregate behind {@code sequence}, as another writer can
   * have written. False where there is no other writer. May block.
   *
   * @throws io.confab.events.CommandRejected {@code unavailable} where that cannot be found out
   */
  default boolean behind(String aggregateIdentifier, long sequence) {
    return false;
  }

  /**
   * Calls {@code listener} after events became durable and can be read, on the thread that writes:
   * it must not block. Several batches may share one call.
   */
  void onDurable(Runnable listener);
}
