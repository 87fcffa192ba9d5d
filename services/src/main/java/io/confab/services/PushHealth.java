package io.confab.services;

import io.confab.edge.route.EdgePush;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Up while chats are pushed to this edge. */
final class PushHealth implements HealthIndicator {
  private final @Nullable EdgePush push;

  /**
   * @param push null where nothing is pushed
   */
  PushHealth(@Nullable EdgePush push) {
    this.push = push;
  }

  @Override
  public Health health() {
    if (push == null) {
      return Health.up().withDetail("chats", "read from Kafka, whole").build();
    }
    Health.Builder health =
        push.downSeconds() == 0
            ? Health.up()
            : Health.outOfService().withDetail("waitsFor", "Redis");
    return health.withDetail("downSeconds", Math.round(push.downSeconds())).build();
  }
}
