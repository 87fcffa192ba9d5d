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
 * many threads; nothing blocks.
 */
public final class RedisCluster implements AutoCloseable {
  private static final Duration RECONNECT_DELAY = Duration.ofMillis(250);
  private static final Duration TOPOLOGY_EVERY = Duration.ofSeconds(5);

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

  /** Completed once connected; tries again where the last attempt failed, not too often. */
  public synchronized CompletableFuture<StatefulRedisClusterConnection<String, String>> connect() {
    CompletableFuture<StatefulRedisClusterConnection<String, String>> present = connection;
    long now = System.nanoTime();
    if (present != null
        && (!present.isCompletedExceptionally()
            || now - triedAt < TimeUnit.MILLISECONDS.toNanos(RECONNECT_DELAY.toMillis()))) {
      return present;
    }
    triedAt = now;
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
