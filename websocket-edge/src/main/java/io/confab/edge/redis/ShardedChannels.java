package io.confab.edge.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisURI;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sharded pub/sub: each channel is listened to at the node that serves its slot. What is published
 * while a channel is not subscribed is lost; {@link #refresh}, called every few seconds, subscribes
 * again wherever a node came back or a slot moved. Safe for use by many threads.
 *
 * <p>One connection of its own to each node, because Lettuce's cluster connection for pub/sub
 * subscribes at whichever node it is connected to, and does not follow a slot that moves.
 */
public final class ShardedChannels implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ShardedChannels.class);

  private final RedisCluster cluster;
  private final RedisClient client;
  private final Map<String, Channel> channels = new ConcurrentHashMap<>();
  private final Map<RedisURI, CompletableFuture<StatefulRedisPubSubConnection<String, String>>>
      connections = new ConcurrentHashMap<>();

  /**
   * @param users how often the channel was added
   * @param subscribed completed when it is listened to, or exceptionally where that failed
   */
  private record Channel(
      Listening listening,
      int users,
      @Nullable RedisURI node,
      CompletableFuture<@Nullable Void> subscribed) {
    Channel withUsers(int changed) {
      return new Channel(listening, changed, node, subscribed);
    }
  }

  /**
   * What stays the same for as long as a channel is added.
   *
   * @param gap whether something may have been missed since it was listened to
   */
  private record Listening(Consumer<String> listener, Runnable again, AtomicBoolean gap) {}

  public ShardedChannels(RedisCluster cluster) {
    this.cluster = cluster;
    this.client = RedisClient.create(cluster.resources());
    client.setOptions(
        ClientOptions.builder()
            .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
            .socketOptions(cluster.sockets())
            .timeoutOptions(cluster.timeouts())
            .build());
  }

  /**
   * Listens to a channel; where it is listened to already, {@code listener} must be the same, and
   * it takes as many calls of {@link #remove} to end it.
   *
   * @param listener called by threads that must not be blocked
   * @return completed once nothing more is missed, exceptionally where that failed for now
   */
  public CompletableFuture<@Nullable Void> add(String channel, Consumer<String> listener) {
    return add(channel, listener, () -> {});
  }

  /**
   * The same, with word of what may have been missed.
   *
   * @param again called once the channel is listened to, and each time it is listened to again
   *     after the connection was lost or the slot had moved; by threads that must not be blocked
   */
  public CompletableFuture<@Nullable Void> add(
      String channel, Consumer<String> listener, Runnable again) {
    Channel added =
        channels.compute(
            channel,
            (name, present) ->
                present == null
                    ? subscribe(
                        name, new Listening(listener, again, new AtomicBoolean(true)), 1, null)
                    : present.withUsers(present.users() + 1));
    return added.subscribed();
  }

  /** Completed when the channel, if it was added, is listened to. */
  public CompletableFuture<@Nullable Void> settled(String channel) {
    Channel present = channels.get(channel);
    return present == null ? CompletableFuture.completedFuture(null) : present.subscribed();
  }

  public void remove(String channel) {
    channels.computeIfPresent(
        channel,
        (name, present) -> {
          if (present.users() > 1) {
            return present.withUsers(present.users() - 1);
          }
          unsubscribe(name, present.node());
          return null;
        });
  }

  /** Subscribes to all channels again, each where its slot is served now. */
  public void refresh() {
    Set<RedisURI> used = new HashSet<>();
    for (String channel : channels.keySet()) {
      channels.computeIfPresent(
          channel,
          (name, present) -> {
            Channel again = subscribe(name, present.listening(), present.users(), present.node());
            if (again.node() != null) {
              used.add(again.node());
              if (!again.node().equals(present.node())) {
                unsubscribe(name, present.node());
              }
            }
            return again;
          });
    }
    connections.forEach(
        (node, connection) -> {
          if (!used.isEmpty() && !used.contains(node) && connections.remove(node, connection)) {
            connection.thenAccept(StatefulRedisPubSubConnection::closeAsync);
          }
        });
  }

  private Channel subscribe(
      String channel, Listening listening, int users, @Nullable RedisURI before) {
    RedisURI node = cluster.owner(channel);
    if (node == null || !node.equals(before)) {
      listening.gap().set(true);
    }
    if (node == null) {
      return new Channel(
          listening,
          users,
          null,
          CompletableFuture.failedFuture(new RedisUnavailableException("Redis is not connected")));
    }
    CompletableFuture<@Nullable Void> subscribed =
        connection(node)
            .thenCompose(at -> at.async().ssubscribe(channel).toCompletableFuture())
            .thenRun(() -> listened(listening));
    return new Channel(listening, users, node, subscribed);
  }

  private static void listened(Listening listening) {
    if (listening.gap().compareAndSet(true, false)) {
      listening.again().run();
    }
  }

  private void unsubscribe(String channel, @Nullable RedisURI node) {
    CompletableFuture<StatefulRedisPubSubConnection<String, String>> at =
        node == null ? null : connections.get(node);
    if (at != null) {
      at.thenAccept(connection -> connection.async().sunsubscribe(channel))
          .whenComplete(
              (done, failure) -> {
                if (failure != null) {
                  LOG.debug("Could not unsubscribe from {}", channel, failure);
                }
              });
    }
  }

  private CompletableFuture<StatefulRedisPubSubConnection<String, String>> connection(
      RedisURI node) {
    CompletableFuture<StatefulRedisPubSubConnection<String, String>> present =
        connections.computeIfAbsent(node, this::open);
    if (present.isCompletedExceptionally()) {
      connections.remove(node, present);
    }
    return present;
  }

  private CompletableFuture<StatefulRedisPubSubConnection<String, String>> open(RedisURI node) {
    return client
        .connectPubSubAsync(StringCodec.UTF8, node)
        .toCompletableFuture()
        .thenApply(
            connection -> {
              connection.addListener(new Listener());
              connection.addListener(new Loss(node));
              return connection;
            });
  }

  /** Lettuce connects again by itself, and subscribes to what was subscribed. */
  private final class Loss implements RedisConnectionStateListener {
    private final RedisURI node;

    Loss(RedisURI node) {
      this.node = node;
    }

    @Override
    public void onRedisDisconnected(RedisChannelHandler<?, ?> connection) {
      for (Channel channel : channels.values()) {
        if (node.equals(channel.node())) {
          channel.listening().gap().set(true);
        }
      }
    }
  }

  private final class Listener extends RedisPubSubAdapter<String, String> {
    @Override
    public void ssubscribed(String channel, long count) {
      Channel present = channels.get(channel);
      if (present != null) {
        listened(present.listening());
      }
    }

    /** Not asked for where the slot has moved away from the node. */
    @Override
    public void sunsubscribed(String channel, long count) {
      Channel present = channels.get(channel);
      if (present != null) {
        present.listening().gap().set(true);
      }
    }

    @Override
    public void smessage(String channel, String message) {
      Channel present = channels.get(channel);
      if (present != null) {
        try {
          present.listening().listener().accept(message);
        } catch (RuntimeException e) {
          LOG.error("A message of {} could not be handled", channel, e);
        }
      }
    }
  }

  @Override
  public void close() {
    channels.clear();
    client.shutdown(0, 1, java.util.concurrent.TimeUnit.SECONDS);
  }
}
