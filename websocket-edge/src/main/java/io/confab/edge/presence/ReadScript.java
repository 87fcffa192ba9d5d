package io.confab.edge.presence;

import io.confab.edge.redis.LuaScript;
import io.confab.edge.redis.RedisCluster;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** {@code read.lua}: the status of some users of one bucket. */
final class ReadScript {
  private final LuaScript script = new LuaScript("io/confab/edge/presence/read.lua");
  private final RedisCluster redis;

  ReadScript(RedisCluster redis) {
    this.redis = redis;
  }

  /** In the order of {@code users}, all of one bucket. */
  CompletableFuture<List<UserPresence>> run(List<String> users, long nowMillis) {
    List<String> keys = users.stream().map(PresenceKeys::user).toList();
    return script
        .run(redis, keys, List.of(Long.toString(nowMillis)))
        .thenApply(answer -> presences(users, answer));
  }

  private static List<UserPresence> presences(List<String> users, List<String> answer) {
    List<UserPresence> presences = new ArrayList<>();
    for (int i = 0; i < users.size(); i++) {
      presences.add(of(users.get(i), answer.get(2 * i), answer.get(2 * i + 1)));
    }
    return presences;
  }

  /**
   * A user's presence as scripts write it.
   *
   * @param since in ms, or empty
   */
  static UserPresence of(String user, String status, String since) {
    Status known = Status.ofWireName(status);
    return new UserPresence(
        user,
        known == null ? Status.UNKNOWN : known,
        since.isEmpty() ? null : Instant.ofEpochMilli(Long.parseLong(since)));
  }
}
