package io.confab.edge.presence;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Supplier;

/** What presence counts, {@code confab.presence.*}. */
final class PresenceMetrics {
  private final Map<Status, Counter> changes = new EnumMap<>(Status.class);

  PresenceMetrics(MeterRegistry registry, Supplier<Number> users, Supplier<Number> watches) {
    Gauge.builder("confab.presence.users", users)
        .description("users who have a session on this edge")
        .register(registry);
    Gauge.builder("confab.presence.watches", watches)
        .description("subscriptions to the presence of a user on this edge")
        .register(registry);
    for (Status status : Status.values()) {
      if (status != Status.UNKNOWN) {
        changes.put(
            status,
            Counter.builder("confab.presence.changes")
                .description("changes of what a user's sessions on this edge amount to")
                .tag("status", status.wireName())
                .register(registry));
      }
    }
  }

  void changed(Status status) {
    Counter counter = changes.get(status);
    if (counter != null) {
      counter.increment();
    }
  }
}
