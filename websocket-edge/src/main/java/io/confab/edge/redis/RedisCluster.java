package io.confab.edge.redis;

import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisAdvancedClusterAsyncCommands;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * One connection to each node of a Redis cluster, shared by all callers. Connects when it is first
 * used, and again whenever a node comes back; follows the cluster when slots move. Safe for use by
 * many threads. The first use waits until it is connected or Redis says no, 10 s at most, so that
 * what fails from then on is Redis and not the start; after it nothing blocks.
 */
public final class RedisCluster implements AutoCloseable {
  private static final Duration RECONNECT_DELAY = Duration.ofMillis(250);
  private static final Duration TOPOLOGY_EVERY = Duration.ofSeconds(5);

  /** A process that is busy with its start may be too slow for the timeout, more than once. */
  private static final long START_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final ClientResources resources;
  private final LettuceConnectionFactory factory;
  private final RedisClusterClient client;
  private final SocketOptions sockets;
  private final TimeoutOptions timeouts;
  private @Nullable CompletableFuture<StatefulRedisClusterConnection<String, String>> connection;
  private long triedAt;

  /** Does not connect yet. */
  public RedisCluster(RedisSettings settings) {
    resources =
        ClientResources.builder().reconnectDelay(() -> Delay.constant(RECONNECT_DELAY)).build();
    sockets = SocketOptions.builder().connectTimeout(settings.timeout()).build();
    timeouts = TimeoutOptions.enabled(settings.timeout());
    factory = new LettuceConnectionFactory(cluster(settings), client(settings));
    factory.start();
    client = (RedisClusterClient) factory.getRequiredNativeClient();
  }

  private static RedisClusterConfiguration cluster(RedisSettings settings) {
    RedisClusterConfiguration cluster = new RedisClusterConfiguration(settings.nodes());
    if (settings.username() != null) {
      cluster.setUsername(settings.username());
    }
    if (settings.password() != null) {
      cluster.setPassword(settings.password());
    }
    return cluster;
  }

  private LettuceClientConfiguration client(RedisSettings settings) {
    ClusterTopologyRefreshOptions topology =
        ClusterTopologyRefreshOptions.builder()
            .enablePeriodicRefresh(TOPOLOGY_EVERY)
            .enableAllAdaptiveRefreshTriggers()
            .build();
    ClusterClientOptions options =
        ClusterClientOptions.builder()
            .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
            .topologyRefreshOptions(topology)
            .socketOptions(sockets)
            .timeoutOptions(timeouts)
            .build();
    LettuceClientConfiguration.LettuceClientConfigurationBuilder client =
        LettuceClientConfiguration.builder()
            .clientResources(resources)
            .clientOptions(options)
            .commandTimeout(settings.timeout());
    if (settings.tls()) {
      client.useSsl();
    }
    return client.build();
  }

  /**
   * Sends a command. Commands that one thread sends for the same slot are run in that order.
   *
   * @return completed exceptionally where Redis does not answer in time, at once while it is not
   *     connected
   */
  public <T> CompletableFuture<T> run(
      Function<RedisAdvancedClusterAsyncCommands<String, String>, RedisFuture<T>> command) {
    CompletableFuture<StatefulRedisClusterConnection<String, String>> connecting = connect();
    if (!connecting.isDone() || connecting.isCompletedExceptionally()) {
      // Not queued: what waits for a connection would be run in another order.
      return CompletableFuture.failedFuture(
          new RedisUnavailableException("Redis is not connected"));
    }
    try {
      return command.apply(connecting.join().async()).toCompletableFuture();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * Completed once connected; tries again where the last attempt failed, not too often. The first
   * call returns when that has ended, and tries again what has timed out, within 10 s.
   */
  public synchronized CompletableFuture<StatefulRedisClusterConnection<String, String>> connect() {
    CompletableFuture<StatefulRedisClusterConnection<String, String>> present = connection;
    if (present == null) {
      return first();
    }
    if (!present.isCompletedExceptionally()
        || System.nanoTime() - triedAt < RECONNECT_DELAY.toNanos()) {
      return present;
    }
    return attempt();
  }

  private CompletableFuture<StatefulRedisClusterConnection<String, String>> first() {
    long end = System.nanoTime() + START_NANOS;
    while (true) {
      CompletableFuture<StatefulRedisClusterConnection<String, String>> attempt = attempt();
      boolean connected =
          attempt
              .handle((connection, failure) -> failure == null)
              .completeOnTimeout(false, START_NANOS, TimeUnit.NANOSECONDS)
              .join();
      long now = System.nanoTime();
      boolean timedOut = now - triedAt >= sockets.getConnectTimeout().toNanos();
      if (connected || !timedOut || now >= end) {
        return attempt;
      }
    }
  }

  private CompletableFuture<StatefulRedisClusterConnection<String, String>> attempt() {
    triedAt = System.nanoTime();
    CompletableFuture<StatefulRedisClusterConnection<String, String>> attempt =
        client
            .refreshPartitionsAsync()
            .thenCompose(found -> client.connectAsync(StringCodec.UTF8))
            .toCompletableFuture();
    connection = attempt;
    return attempt;
  }

  /** The address of the node that serves a key or sharded channel, or null while unknown. */
  @Nullable RedisURI owner(String key) {
    CompletableFuture<StatefulRedisClusterConnection<String, String>> connecting = connect();
    if (!connecting.isDone() || connecting.isCompletedExceptionally()) {
      return null;
    }
    RedisClusterNode node =
        connecting.join().getPartitions().getMasterBySlot(SlotHash.getSlot(key));
    return node == null ? null : node.getUri();
  }

  ClientResources resources() {
    return resources;
  }

  SocketOptions sockets() {
    return sockets;
  }

  TimeoutOptions timeouts() {
    return timeouts;
  }

  @Override
  public void close() {
    factory.destroy();
    resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
  }
}
