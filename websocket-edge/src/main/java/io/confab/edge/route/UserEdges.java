package io.confab.edge.route;

import io.confab.edge.redis.LuaScript;
import io.confab.edge.redis.RedisCluster;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Which edges have sessions of a user, in Redis. What an edge says counts for {@value
 * #LIVES_MILLIS} ms. Safe for use by many threads; nothing blocks.
 */
final class UserEdges {
  static final long LIVES_MILLIS = 15_000;
  private static final int BUCKETS = 1_024;

  /** {@code register.lua}. */
  private final LuaScript registers = new LuaScript("io/confab/edge/route/register.lua");

  private final RedisCluster redis;

  UserEdges(RedisCluster redis) {
    this.redis = redis;
  }

  /** Of a user: stable, because every edge has to find the same. */
  static int bucket(String user) {
    return Math.floorMod(user.hashCode(), BUCKETS);
  }

  static String key(String user) {
    return "confab:edges:{" + bucket(user) + "}:" + user;
  }

  /** Where the events for an edge are published. */
  static String channel(String edge) {
    return "confab:edge:{" + edge + "}";
  }

  /**
   * Says that the users, all of one bucket, have sessions at the edge.
   *
   * @return those of whom that was not known, or not any more
   */
  CompletableFuture<List<String>> register(String edge, List<String> users, long nowMillis) {
    List<String> arguments =
        List.of(
            edge,
            Long.toString(nowMillis),
            Long.toString(nowMillis + LIVES_MILLIS),
            Long.toString(LIVES_MILLIS));
    return registers
        .run(redis, users.stream().map(UserEdges::key).toList(), arguments)
        .thenApply(
            places -> places.stream().map(place -> users.get(Integer.parseInt(place))).toList());
  }

  /** Takes that back. */
  CompletableFuture<Long> remove(String edge, String user) {
    return redis.run(c -> c.hdel(key(user), edge));
  }

  /** The edges that have sessions of the user. */
  CompletableFuture<Set<String>> of(String user, long nowMillis) {
    return redis
        .run(c -> c.hgetall(key(user)))
        .thenApply(
            fields -> {
              Set<String> edges = new HashSet<>();
              for (Map.Entry<String, String> field : fields.entrySet()) {
                if (Long.parseLong(field.getValue()) > nowMillis) {
                  edges.add(field.getKey());
                }
              }
              return edges;
            });
  }

  /** The users by bucket, at most {@code most} together. */
  static List<List<String>> batches(Iterable<String> users, int most) {
    List<List<String>> full = new ArrayList<>();
    Map<Integer, List<String>> open = new HashMap<>();
    for (String user : users) {
      List<String> batch = open.computeIfAbsent(bucket(user), bucket -> new ArrayList<>());
      batch.add(user);
      if (batch.size() == most) {
        full.add(batch);
        open.remove(bucket(user));
      }
    }
    full.addAll(open.values());
    return full;
  }
}
