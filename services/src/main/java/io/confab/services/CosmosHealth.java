package io.confab.services;

import com.azure.cosmos.CosmosAsyncContainer;
import com.azure.cosmos.CosmosException;
import com.azure.cosmos.models.PartitionKey;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confab.command.store.CosmosEventStorageEngine;
import io.confab.cosmos.CosmosConnection;
import java.time.Duration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Up while Cosmos DB answers within 2 s that the events' container has no such document. Where the
 * container or its database is missing every send is refused, so that is not up.
 */
final class CosmosHealth implements HealthIndicator {
  private static final String NOBODY = "health";
  private static final int NOT_FOUND = 404;
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final CosmosAsyncContainer events;
  private final String endpoint;

  CosmosHealth(CosmosConnection cosmos) {
    this.events = cosmos.container(CosmosEventStorageEngine.CONTAINER);
    this.endpoint = cosmos.settings().endpoint().toString();
  }

  @Override
  public Health health() {
    try {
      var unused =
          events.readItem(NOBODY, new PartitionKey(NOBODY), ObjectNode.class).block(PATIENCE);
      return Health.up().build();
    } catch (CosmosException e) {
      if (CosmosConnection.noSuchDocument(e)) {
        return Health.up().build();
      }
      return waiting(
          e.getStatusCode() == NOT_FOUND
              ? "the container " + CosmosEventStorageEngine.CONTAINER + " in "
              : "");
    } catch (RuntimeException e) {
      return waiting("");
    }
  }

  private Health waiting(String part) {
    return Health.outOfService().withDetail("waitsFor", part + "Cosmos DB at " + endpoint).build();
  }
}
