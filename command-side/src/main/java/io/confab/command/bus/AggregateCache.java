package io.confab.command.bus;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.axonframework.eventsourcing.EventSourcedAggregate;
import org.jspecify.annotations.Nullable;

/**
 * The aggregates of one stripe in memory, held by strong references and bounded by weight: the
 * least recently used goes first. For the stripe's thread alone, except for {@link #size}.
 */
final class AggregateCache {
  private static final int DEFAULT_WEIGHT = 1024;

  private final long maximumWeight;
  private final Map<String, Entry> aggregates = new LinkedHashMap<>(16, 0.75f, true);
  private long weight;
  private volatile int size;

  private static final class Entry {
    EventSourcedAggregate<?> aggregate;
    int weight;

    Entry(EventSourcedAggregate<?> aggregate) {
      this.aggregate = aggregate;
    }
  }

  AggregateCache(long maximumWeight) {
    this.maximumWeight = maximumWeight;
  }

  @Nullable EventSourcedAggregate<?> get(String id) {
    Entry entry = aggregates.get(id);
    return entry == null ? null : entry.aggregate;
  }

  /** Keeps {@code aggregate}, with its weight as it is now; others may go for it. */
  void put(String id, EventSourcedAggregate<?> aggregate) {
    Entry entry = aggregates.computeIfAbsent(id, key -> new Entry(aggregate));
    entry.aggregate = aggregate;
    int now = weight(aggregate);
    weight += now - entry.weight;
    entry.weight = now;
    if (weight > maximumWeight) {
      evict();
    }
    size = aggregates.size();
  }

  /** Also the newest, where it alone is over the bound: its next command reads it again. */
  private void evict() {
    Iterator<Entry> eldest = aggregates.values().iterator();
    while (weight > maximumWeight && eldest.hasNext()) {
      weight -= eldest.next().weight;
      eldest.remove();
    }
  }

  void remove(String id) {
    Entry entry = aggregates.remove(id);
    if (entry != null) {
      weight -= entry.weight;
      size = aggregates.size();
    }
  }

  /** How many aggregates are in memory. From any thread. */
  int size() {
    return size;
  }

  private static int weight(EventSourcedAggregate<?> aggregate) {
    return aggregate.getAggregateRoot() instanceof Weighed weighed
        ? weighed.weight()
        : DEFAULT_WEIGHT;
  }
}
