package io.confab.edge.presence;

import io.confab.edge.redis.LuaScript;
import io.confab.edge.redis.RedisCluster;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** {@code retire.lua}: forgets a dead edge whose users were all reported. */
final class RetireScript {
  private final LuaScript script = new LuaScript("io/confab/edge/presence/retire.lua");
  private final RedisCluster redis;

  RetireScript(RedisCluster redis) {
    this.redis = redis;
  }

  /** Whether it is forgotten; not where it has come back. */
  CompletableFuture<Boolean> run(String edge, long nowMillis) {
    return script
        .run(
            redis,
            List.of(PresenceKeys.LEASES, PresenceKeys.CLAIMS),
            List.of(edge, Long.toString(nowMillis)))
        .thenApply(answer -> answer.get(0).equals("gone"));
  }
}
