package io.confab.edge.presence;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Presence within one process, in memory. Of the last 100,000 users who went it is remembered since
 * when they are offline.
 */
public final class EmbeddedPresence implements Presence {
  private static final int REMEMBERED = 100_000;

  private final Devices devices;
  private final PresenceMetrics metrics;
  private final Map<String, UserPresence> present = new ConcurrentHashMap<>();
  private final Watchers<UserPresence> watchers = new Watchers<>();
  private final LastSeen lastSeen = new LastSeen();

  public EmbeddedPresence(Clock clock, PresenceSettings settings, MeterRegistry meters) {
    devices = new Devices(clock, settings, this::changed);
    metrics = new PresenceMetrics(meters, devices::users, watchers::size);
  }

  @Override
  public Device open(String user) {
    return devices.open(user);
  }

  @Override
  public CompletableFuture<List<UserPresence>> query(List<String> users) {
    return CompletableFuture.completedFuture(users.stream().map(this::of).toList());
  }

  @Override
  public Watch watch(String user, Consumer<UserPresence> watcher) {
    Watch[] watch = new Watch[1];
    // Within the lock on the user: no change can come before the present status, or be missed.
    present.compute(
        user,
        (key, now) -> {
          watch[0] = watchers.add(user, watcher);
          watcher.accept(now == null ? lastSeen.of(user) : now);
          return now;
        });
    return watch[0];
  }

  @Override
  public void tick() {
    devices.tick();
  }

  private UserPresence of(String user) {
    UserPresence now = present.get(user);
    return now == null ? lastSeen.of(user) : now;
  }

  private void changed(String user, Status status, long atMillis) {
    UserPresence news = new UserPresence(user, status, Instant.ofEpochMilli(atMillis));
    metrics.changed(status);
    present.compute(
        user,
        (key, before) -> {
          boolean offline = status == Status.OFFLINE;
          if (offline) {
            lastSeen.put(news);
          }
          watchers.tell(user, news);
          return offline ? null : news;
        });
  }

  /** Those who went, the longest ago first. */
  private static final class LastSeen {
    private final Map<String, UserPresence> gone =
        new LinkedHashMap<>() {
          @Override
          protected boolean removeEldestEntry(Map.Entry<String, UserPresence> eldest) {
            return size() > REMEMBERED;
          }
        };

    synchronized void put(UserPresence offline) {
      gone.remove(offline.user());
      gone.put(offline.user(), offline);
    }

    synchronized UserPresence of(String user) {
      @Nullable UserPresence offline = gone.get(user);
      return offline == null ? new UserPresence(user, Status.OFFLINE, null) : offline;
    }
  }
}
