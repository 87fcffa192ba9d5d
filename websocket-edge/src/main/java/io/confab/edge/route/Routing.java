package io.confab.edge.route;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisSettings;
import io.confab.edge.redis.ShardedChannels;
import io.confab.events.EventLog;
import io.confab.kafka.KafkaSettings;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * What one edge has of the routing: the push to it, and a router, which runs from when the
 * application has started until it stops. Without Redis, neither.
 */
public final class Routing implements SmartLifecycle, AutoCloseable {
  private final @Nullable EdgePush push;
  private final @Nullable Router router;
  private final Runnable onClose;
  private volatile boolean running;

  private Routing(@Nullable EdgePush push, @Nullable Router router, Runnable onClose) {
    this.push = push;
    this.router = router;
    this.onClose = onClose;
  }

  /** No routing. */
  public static Routing none() {
    return new Routing(null, null, () -> {});
  }

  /** Over connections of its own. */
  public static Routing over(
      RedisSettings redis,
      KafkaSettings kafka,
      EventLog log,
      ChatMembers members,
      Clock clock,
      MeterRegistry meters) {
    RedisCluster cluster = new RedisCluster(redis);
    ShardedChannels channels = new ShardedChannels(cluster);
    EdgePush push = new EdgePush(UUID.randomUUID().toString(), clock, cluster, channels, meters);
    Router router = new Router(kafka, log, members, clock, cluster, meters);
    return new Routing(
        push,
        router,
        () -> {
          channels.close();
          cluster.close();
        });
  }

  /** Null where nothing is pushed. */
  public @Nullable EdgePush push() {
    return push;
  }

  /** Null where nothing is routed. */
  public @Nullable Router router() {
    return router;
  }

  @Override
  public void start() {
    running = true;
    if (router != null) {
      router.start();
    }
  }

  @Override
  public void stop() {
    running = false;
    if (router != null) {
      router.close();
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public void close() {
    onClose.run();
  }
}
