package io.confab.edge.presence;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who wants to hear of what, by key. Safe for use by many threads. */
final class Watchers<T> {
  private static final Logger LOG = LoggerFactory.getLogger(Watchers.class);

  private final Map<String, Set<Entry<T>>> byKey = new ConcurrentHashMap<>();

  /** Makes two registrations of one watcher two. */
  private record Entry<T>(Object identity, Consumer<T> watcher) {}

  Watch add(String key, Consumer<T> watcher) {
    Entry<T> entry = new Entry<>(new Object(), watcher);
    byKey.compute(
        key,
        (same, present) -> {
          Set<Entry<T>> all = present == null ? ConcurrentHashMap.newKeySet() : present;
          all.add(entry);
          return all;
        });
    return () ->
        byKey.computeIfPresent(
            key,
            (same, present) -> {
              present.remove(entry);
              return present.isEmpty() ? null : present;
            });
  }

  /** Calls all watchers of the key; one that fails does not keep the others from hearing. */
  void tell(String key, T news) {
    for (Entry<T> entry : byKey.getOrDefault(key, Set.of())) {
      try {
        entry.watcher().accept(news);
      } catch (RuntimeException e) {
        LOG.error("A watcher of {} failed", key, e);
      }
    }
  }

  boolean watched(String key) {
    return byKey.containsKey(key);
  }

  Set<String> keys() {
    return Set.copyOf(byKey.keySet());
  }

  int size() {
    return byKey.values().stream().mapToInt(Set::size).sum();
  }
}
