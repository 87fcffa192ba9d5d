package io.confab.command.bus;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import org.axonframework.eventsourcing.EventSourcedAggregate;
import org.jspecify.annotations.Nullable;

/**
 * Aggregates in memory, held by strong references and bounded by weight. Any of them may be gone at
 * the next look; only the stripe of an aggregate reads or changes what is in it.
 */
final class AggregateCache {
  private static final int DEFAULT_WEIGHT = 1024;

  private final Cache<String, EventSourcedAggregate<?>> aggregates;

  AggregateCache(long maximumWeight) {
    aggregates =
        Caffeine.newBuilder()
            .maximumWeight(maximumWeight)
            .weigher((String id, EventSourcedAggregate<?> aggregate) -> weight(aggregate))
            .executor(Runnable::run)
            .build();
  }

  private static int weight(EventSourcedAggregate<?> aggregate) {
    return aggregate.getAggregateRoot() instanceof Weighed weighed
        ? weighed.weight()
        : DEFAULT_WEIGHT;
  }

  @Nullable EventSourcedAggregate<?> get(String id) {
    return aggregates.getIfPresent(id);
  }

  /** Keeps {@code aggregate}, with its weight as it is now. */
  void put(String id, EventSourcedAggregate<?> aggregate) {
    aggregates.put(id, aggregate);
  }

  void remove(String id) {
    aggregates.invalidate(id);
  }

  /** How many aggregates are in memory; an estimate. */
  long size() {
    return aggregates.estimatedSize();
  }
}
