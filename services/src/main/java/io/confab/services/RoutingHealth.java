package io.confab.services;

import io.confab.edge.route.EdgePush;
import io.confab.edge.route.Router;
import io.confab.edge.route.Routing;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Up while chats are pushed to this edge; what this edge's router does stands in the details. */
final class RoutingHealth implements HealthIndicator {
  private final Routing routing;

  RoutingHealth(Routing routing) {
    this.routing = routing;
  }

  @Override
  public Health health() {
    EdgePush push = routing.push();
    Router router = routing.router();
    if (push == null || router == null) {
      return Health.up().withDetail("chats", "read from Kafka, whole").build();
    }
    Health.Builder health =
        push.downSeconds() == 0
            ? Health.up()
            : Health.outOfService().withDetail("waitsFor", "Redis");
    return health
        .withDetail("pushDownSeconds", Math.round(push.downSeconds()))
        .withDetail("routedPartitions", router.partitions())
        .withDetail("withheldAdditions", router.withheld())
        .build();
  }
}
