package io.confab.services;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.route.Router;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Up while Redis, over which this router publishes, answers. */
final class RouterHealth implements HealthIndicator {
  private final @Nullable Router router;
  private final @Nullable RedisCluster redis;

  /**
   * @param router null where there is none; so is {@code redis} then
   */
  RouterHealth(@Nullable Router router, @Nullable RedisCluster redis) {
    this.router = router;
    this.redis = redis;
  }

  @Override
  public Health health() {
    if (router == null || redis == null) {
      return Health.up().withDetail("chats", "read from Kafka by each edge, whole").build();
    }
    Health.Builder health =
        answers(redis) ? Health.up() : Health.outOfService().withDetail("waitsFor", "Redis");
    return health
        .withDetail("partitions", router.partitions())
        .withDetail("withheldAdditions", router.withheld())
        .build();
  }

  private static boolean answers(RedisCluster redis) {
    try {
      return redis.run(c -> c.ping()).join() != null;
    } catch (CompletionException e) {
      return false;
    }
  }
}
