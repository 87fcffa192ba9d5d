package io.confab.edge.presence;

import io.confab.edge.redis.LuaScript;
import io.confab.edge.redis.RedisCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** {@code report.lua}: what one edge says of some users of one bucket. */
final class ReportScript {
  /** For how long it is remembered since when a user is offline. */
  static final Duration REMEMBERED = Duration.ofHours(24);

  private final LuaScript script = new LuaScript("io/confab/edge/presence/report.lua");
  private final RedisCluster redis;
  private final long livesMillis;

  /**
   * @param lives for how long an edge's word counts, and a hash that nobody refreshes stays
   */
  ReportScript(RedisCluster redis, Duration lives) {
    this.redis = redis;
    this.livesMillis = lives.toMillis();
  }

  /**
   * @param statuses offline takes the edge's word back
   * @return how many users' statuses changed by it
   */
  CompletableFuture<Integer> run(
      int bucket, String edge, Map<String, Status> statuses, long nowMillis) {
    List<String> keys = new ArrayList<>();
    List<String> arguments = new ArrayList<>();
    arguments.add(edge);
    arguments.add(Long.toString(nowMillis));
    arguments.add(Long.toString(nowMillis + livesMillis));
    arguments.add(Long.toString(livesMillis));
    arguments.add(Long.toString(REMEMBERED.toMillis()));
    statuses.forEach(
        (user, status) -> {
          keys.add(PresenceKeys.user(user));
          arguments.add(user);
          arguments.add(status.wireName());
        });
    keys.add(PresenceKeys.edge(bucket, edge));
    keys.add(PresenceKeys.channel(bucket));
    return script.run(redis, keys, arguments).thenApply(answer -> Integer.valueOf(answer.get(0)));
  }
}
