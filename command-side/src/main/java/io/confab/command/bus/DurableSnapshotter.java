package io.confab.command.bus;

import io.confab.command.store.DurableEventStorageEngine;
import org.axonframework.eventsourcing.AggregateSnapshotter;

/**
 * Makes snapshots from what the log holds, on the snapshot thread. What was queued when the
 * snapshot became due is waited for there, so that it is in.
 */
final class DurableSnapshotter extends AggregateSnapshotter {
  private final DurableEventStorageEngine engine;

  DurableSnapshotter(Builder builder, DurableEventStorageEngine engine) {
    super(builder);
    this.engine = engine;
  }

  @Override
  protected Runnable createSnapshotterTask(Class<?> aggregateType, String aggregateIdentifier) {
    Runnable snapshot = super.createSnapshotterTask(aggregateType, aggregateIdentifier);
    return () -> {
      engine.barrier(aggregateIdentifier).join();
      snapshot.run();
    };
  }
}
