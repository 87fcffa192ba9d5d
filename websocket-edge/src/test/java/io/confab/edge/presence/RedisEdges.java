package io.confab.edge.presence;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisNodes;
import io.confab.edge.redis.ShardedChannels;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** The edges of a test, each with a connection and a registry of its own. */
final class RedisEdges implements AutoCloseable {
  final List<RedisPresence> presences = new ArrayList<>();
  final List<SimpleMeterRegistry> meters = new ArrayList<>();
  final List<RedisTyping> typings = new ArrayList<>();
  final List<ShardedChannels> channels = new ArrayList<>();

  /**
   * @param clusters connected, one for each edge
   */
  RedisEdges(TestClock clock, List<RedisCluster> clusters) {
    for (RedisCluster cluster : clusters) {
      SimpleMeterRegistry registry = new SimpleMeterRegistry();
      ShardedChannels sharded = new ShardedChannels(cluster);
      meters.add(registry);
      channels.add(sharded);
      typings.add(new RedisTyping(cluster, sharded));
      presences.add(
          new RedisPresence(
              "edge-" + presences.size(),
              clock,
              PresenceSettings.DEFAULT,
              cluster,
              sharded,
              registry));
    }
  }

  static List<RedisCluster> connect(RedisNodes nodes, int count) {
    List<RedisCluster> clusters = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      RedisCluster cluster = new RedisCluster(nodes.settings());
      cluster.connect().join();
      clusters.add(cluster);
    }
    return clusters;
  }

  /** Waits for the answers to all commands. */
  void settle() {
    for (RedisPresence presence : presences) {
      long end = System.nanoTime() + 30_000_000_000L;
      while (presence.underWay() > 0) {
        if (System.nanoTime() > end) {
          throw new AssertionError(presence.underWay() + " commands without an answer");
        }
        LockSupport.parkNanos(50_000); // the answers need the processor, too
      }
    }
  }

  double count(String meter) {
    return meters.stream().mapToDouble(registry -> registry.get(meter).counter().count()).sum();
  }

  @Override
  public void close() {
    channels.forEach(ShardedChannels::close);
  }
}
