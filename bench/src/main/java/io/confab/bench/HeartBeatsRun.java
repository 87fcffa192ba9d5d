package io.confab.bench;

import io.confab.edge.presence.Presence;
import io.confab.edge.presence.PresenceSettings;
import io.confab.edge.presence.RedisPresence;
import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisSettings;
import io.confab.edge.redis.ShardedChannels;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.node.ObjectNode;

/** An edge that hears its users' heart-beats, evenly over each window of 5 s. */
final class HeartBeatsRun {
  static final int SLICE_MILLIS = 10;
  private static final int SLICES = 500;
  private static final int SLICES_TO_A_TICK = 50;
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private HeartBeatsRun() {}

  /** What an edge does. */
  private interface Edge {
    void heard(int user);

    /** Every 500 ms. */
    void tick();

    /** How many commands Redis has not answered in time. */
    long failures();
  }

  /** Says what was heard since the last window to Redis all at once. */
  private static final class Reporting implements Edge {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Counter failures;
    private final RedisPresence presence;
    private final List<Presence.Device> devices = new ArrayList<>();

    Reporting(RedisCluster redis, Clock clock, int users) {
      presence =
          new RedisPresence(
              "bench", clock, PresenceSettings.DEFAULT, redis, new ShardedChannels(redis), meters);
      failures = meters.counter("confab.presence.failures");
      for (int user = 0; user < users; user++) {
        devices.add(presence.open("user-" + user));
      }
    }

    @Override
    public void heard(int user) {
      devices.get(user).heard();
    }

    @Override
    public void tick() {
      presence.tick();
    }

    @Override
    public long failures() {
      return (long) failures.count();
    }
  }

  /** Writes a key that lives for 15 s at each heart-beat. */
  private static final class Writing implements Edge {
    private final RedisCluster redis;
    private final AtomicLong failures = new AtomicLong();

    Writing(RedisCluster redis) {
      this.redis = redis;
    }

    @Override
    public void heard(int user) {
      redis
          .run(c -> c.setex("presence:user-" + user, 15, "online"))
          .whenComplete(
              (done, failure) -> {
                if (failure != null) {
                  failures.incrementAndGet();
                }
              });
    }

    @Override
    public void tick() {}

    @Override
    public long failures() {
      return failures.get();
    }
  }

  /** Stands while no users are heard, so that they do not become silent meanwhile. */
  private static final class PacedClock extends Clock {
    private final AtomicLong millis = new AtomicLong(System.currentTimeMillis());

    void advance() {
      millis.addAndGet(SLICE_MILLIS);
    }

    @Override
    public long millis() {
      return millis.get();
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(millis());
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException("always UTC");
    }
  }

  /**
   * Arguments: {@code presence} or {@code set-ex}, the Redis node, how many users, how many
   * milliseconds a five-hundredth of a window takes (10, or less to be through sooner).
   */
  public static void main(String[] arguments) {
    RedisCluster redis =
        new RedisCluster(new RedisSettings(List.of(arguments[1]), null, null, false, TIMEOUT));
    var unused = redis.connect().join();
    int users = Integer.parseInt(arguments[2]);
    long slice = TimeUnit.MILLISECONDS.toNanos(Integer.parseInt(arguments[3]));
    PacedClock clock = new PacedClock();
    Edge edge =
        arguments[0].equals("presence") ? new Reporting(redis, clock, users) : new Writing(redis);
    settle(redis);
    Child.serve(
        Child.JSON.createObjectNode(),
        question -> {
          int heard = question.get("users").booleanValue() ? users : 0;
          return run(redis, edge, clock, slice, question.get("windows").intValue(), heard);
        });
  }

  private static ObjectNode run(
      RedisCluster redis, Edge edge, PacedClock clock, long slice, int windows, int users) {
    Round round = new Round();
    long next = System.nanoTime();
    for (int i = 0; i < windows * SLICES; i++) {
      next += slice;
      for (long wait = next - System.nanoTime(); wait > 0; wait = next - System.nanoTime()) {
        LockSupport.parkNanos(wait);
      }
      if (users > 0) {
        clock.advance();
        int place = i % SLICES;
        for (int user = users * place / SLICES; user < users * (place + 1) / SLICES; user++) {
          edge.heard(user);
        }
        if (i % SLICES_TO_A_TICK == 0) {
          edge.tick();
        }
      }
    }
    settle(redis);
    if (edge.failures() > 0) {
      throw new IllegalStateException("Redis failed to answer " + edge.failures() + " commands");
    }
    return round.end((long) windows * users, Round.histogram());
  }

  /** There is one connection, so what was sent before is answered before this. */
  private static void settle(RedisCluster redis) {
    var unused = redis.run(c -> c.get("none")).join();
  }
}
