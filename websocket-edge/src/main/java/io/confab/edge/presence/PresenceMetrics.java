package io.confab.edge.presence;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What presence counts, {@code confab.presence.*}. */
final class PresenceMetrics {
  private final Map<Status, Counter> changes = new EnumMap<>(Status.class);
  private final Counter reported;
  private final Counter failed;
  private final Counter buried;
  private final Timer told;

  PresenceMetrics(MeterRegistry registry, Supplier<Number> users, Supplier<Number> watches) {
    Gauge.builder("confab.presence.users", users)
        .description("users who have a session on this edge")
        .register(registry);
    Gauge.builder("confab.presence.watches", watches)
        .description("subscriptions to the presence of a user on this edge")
        .register(registry);
    reported =
        Counter.builder("confab.presence.reports")
            .description("users whose status was sent to Redis, once for each time")
            .register(registry);
    failed =
        Counter.builder("confab.presence.failures")
            .description("commands that Redis did not answer")
            .register(registry);
    buried =
        Counter.builder("confab.presence.buried")
            .description("users whom this edge reported offline because their edge was dead")
            .register(registry);
    told =
        Timer.builder("confab.presence.told")
            .description(
                "from a change of a user's status to its hand-over to the watchers on this edge;"
                    + " the difference of the clocks is in it")
            .serviceLevelObjectives(
                Duration.ofMillis(100),
                Duration.ofMillis(500),
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                Duration.ofSeconds(5),
                Duration.ofSeconds(10),
                Duration.ofSeconds(20),
                Duration.ofSeconds(60))
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

  void reported(int users) {
    reported.increment(users);
  }

  void failed() {
    failed.increment();
  }

  void buried(int users) {
    buried.increment(users);
  }

  /**
   * Of a change that followed a status that watchers knew: a first reading, and what ends unknown,
   * are no delay of a notification.
   */
  void told(UserPresence before, UserPresence news, long nowMillis) {
    if (before.status() != Status.UNKNOWN && news.since() != null) {
      told.record(nowMillis - news.since().toEpochMilli(), TimeUnit.MILLISECONDS);
    }
  }

  void changed(Status status) {
    Counter counter = changes.get(status);
    if (counter != null) {
      counter.increment();
    }
  }
}
