package io.confab.services;

import com.azure.cosmos.CosmosAsyncContainer;
import io.confab.cosmos.CosmosConnection;
import java.time.Duration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Up while Cosmos DB answers within 2 s. */
final class CosmosHealth implements HealthIndicator {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final CosmosAsyncContainer events;
  private final String endpoint;

  CosmosHealth(CosmosConnection cosmos) {
    this.events = cosmos.container("events");
    this.endpoint = cosmos.settings().endpoint().toString();
  }

  @Override
  public Health health() {
    try {
      var unused = events.read().block(PATIENCE);
      return Health.up().build();
    } catch (RuntimeException e) {
      return Health.outOfService().withDetail("waitsFor", "Cosmos DB at " + endpoint).build();
    }
  }
}
