package io.confab.edge.route;

import io.confab.edge.redis.RedisCluster;
import io.lettuce.core.Range;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What users were added to within the last {@value #LIVES_MILLIS} ms, in Redis: an inbox that
 * begins meanwhile is too late for the event, and the view may not have it yet. Who has left since
 * is still in it. Safe for use by many threads; nothing blocks.
 */
final class RecentJoins {
  static final long LIVES_MILLIS = 120_000;

  private final RedisCluster redis;

  RecentJoins(RedisCluster redis) {
    this.redis = redis;
  }

  /** A sorted set of conversations, by when the user was added in ms since 1970. */
  static String key(String user) {
    return "confab:joins:{" + UserEdges.bucket(user) + "}:" + user;
  }

  /** Completed once that is known; exceptionally where Redis does not answer. */
  CompletableFuture<@Nullable Void> add(String user, String conversation, long nowMillis) {
    String key = key(user);
    Range<Long> past = Range.create(0L, nowMillis - LIVES_MILLIS);
    return CompletableFuture.allOf(
        redis.run(c -> c.zadd(key, nowMillis, conversation)),
        redis.run(c -> c.zremrangebyscore(key, past)),
        redis.run(c -> c.pexpire(key, LIVES_MILLIS)));
  }

  /** The conversations, the latest last. */
  CompletableFuture<List<String>> of(String user) {
    return redis.run(c -> c.zrange(key(user), 0, -1));
  }
}
