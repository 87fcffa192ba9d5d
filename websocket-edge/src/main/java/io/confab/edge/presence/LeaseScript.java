package io.confab.edge.presence;

import io.confab.edge.redis.LuaScript;
import io.confab.edge.redis.RedisCluster;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** {@code lease.lua}: renews an edge's lease, and claims an edge whose lease has run out. */
final class LeaseScript {
  private final LuaScript script = new LuaScript("io/confab/edge/presence/lease.lua");
  private final RedisCluster redis;

  /**
   * @param lost whether the edge had no lease any more: others may have reported its users offline
   * @param dead an edge whose users are now this edge's to report, or null
   */
  record Renewal(boolean lost, @Nullable String dead) {}

  LeaseScript(RedisCluster redis) {
    this.redis = redis;
  }

  CompletableFuture<Renewal> run(String edge, long nowMillis, long untilMillis) {
    return script
        .run(
            redis,
            List.of(PresenceKeys.LEASES, PresenceKeys.CLAIMS),
            List.of(edge, Long.toString(nowMillis), Long.toString(untilMillis)))
        .thenApply(
            answer ->
                new Renewal(
                    answer.get(0).equals("lost"), answer.size() > 1 ? answer.get(1) : null));
  }
}
