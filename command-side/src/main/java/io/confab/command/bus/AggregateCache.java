package io.confab.command.bus;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.concurrent.CompletableFuture;
import org.axonframework.eventsourcing.EventSourcedAggregate;
import org.jspecify.annotations.Nullable;

/**
 * Aggregates in memory, held by strong references and bounded by weight. A slot belongs to the
 * stripe of its aggregate; any thread may evict it.
 */
final class AggregateCache {
  private static final int DEFAULT_WEIGHT = 1024;

  private final Cache<String, Slot> slots;

  AggregateCache(long maximumWeight) {
    slots =
        Caffeine.newBuilder()
            .maximumWeight(maximumWeight)
            .weigher((String id, Slot slot) -> slot.weight)
            .executor(Runnable::run)
            .build();
  }

  @Nullable Slot get(String id) {
    return slots.getIfPresent(id);
  }

  /** Keeps {@code slot}, with its weight as it is now. */
  void put(String id, Slot slot) {
    slot.weight =
        slot.aggregate.getAggregateRoot() instanceof Weighed weighed
            ? weighed.weight()
            : DEFAULT_WEIGHT;
    slots.put(id, slot);
  }

  void remove(String id) {
    slots.invalidate(id);
  }

  /** How many aggregates are in memory; an estimate. */
  long size() {
    return slots.estimatedSize();
  }

  /** An aggregate, and what has to be durable for the log to have its state. */
  static final class Slot {
    final EventSourcedAggregate<?> aggregate;

    /** Done once all that was appended and answered on this aggregate is settled. */
    @Nullable CompletableFuture<?> last;

    private int weight;

    Slot(EventSourcedAggregate<?> aggregate) {
      this.aggregate = aggregate;
    }
  }
}
