package io.confab.edge.route;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;

/** What is not published yet, and must be. For one thread, but for the size. */
final class Withheld {
  /** With so many nothing more is to be read. */
  private static final int MOST = 10_000;

  /** So many are tried again at a time. */
  private static final int BATCH = 500;

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final Map<TopicPartition, TreeMap<Long, Routed>> byPartition = new HashMap<>();
  private volatile int size;
  private long dueNanos = System.nanoTime();

  void add(Routed routed) {
    byPartition
        .computeIfAbsent(routed.partition(), partition -> new TreeMap<>())
        .put(routed.offset(), routed);
    count();
  }

  void remove(Routed routed) {
    TreeMap<Long, Routed> held = byPartition.get(routed.partition());
    if (held != null) {
      held.remove(routed.offset());
      if (held.isEmpty()) {
        byPartition.remove(routed.partition());
      }
      count();
    }
  }

  void remove(Collection<TopicPartition> partitions) {
    byPartition.keySet().removeAll(partitions);
    count();
  }

  void clear() {
    byPartition.clear();
    count();
  }

  private void count() {
    size = byPartition.values().stream().mapToInt(Map::size).sum();
  }

  int size() {
    return size;
  }

  /** Whether something of a conversation, which is always in the same partition, is withheld. */
  boolean holds(TopicPartition partition, String conversation) {
    TreeMap<Long, Routed> held = byPartition.get(partition);
    return held != null
        && held.values().stream()
            .anyMatch(routed -> routed.event().event().conversation().equals(conversation));
  }

  boolean full() {
    return size >= MOST;
  }

  boolean holds(TopicPartition partition) {
    return byPartition.containsKey(partition);
  }

  /** Up to where the partition may be committed that was read up to {@code position}. */
  long committable(TopicPartition partition, long position) {
    TreeMap<Long, Routed> held = byPartition.get(partition);
    return held == null ? position : Math.min(position, held.firstKey());
  }

  /** What is to be tried again now: of each conversation the first. */
  List<Routed> due(long nanoTime) {
    if (size == 0 || nanoTime - dueNanos < 0) {
      return List.of();
    }
    dueNanos = nanoTime + PAUSE_NANOS;
    List<Routed> due = new ArrayList<>();
    Set<String> conversations = new HashSet<>();
    for (TreeMap<Long, Routed> held : byPartition.values()) {
      held.values().stream()
          .filter(routed -> conversations.add(routed.event().event().conversation()))
          .limit(BATCH)
          .forEach(due::add);
    }
    return due;
  }
}
