package io.confab.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confab.command.store.CosmosEventStorageEngine;
import io.confab.cosmos.ContainerDescription;
import io.confab.cosmos.CosmosConnection;
import io.confab.cosmos.LocalCosmos;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

class CosmosHealthTest {
  private static final ContainerDescription EVENTS =
      ContainerDescription.of(CosmosEventStorageEngine.CONTAINER, "/partition");

  @Test
  void isUpWhileCosmosDbHasTheEventsAndElseNamesWhatIsAway() {
    try (LocalCosmos cosmos = LocalCosmos.start();
        CosmosConnection connection =
            CosmosConnection.open(cosmos.settings(), new SimpleMeterRegistry(), EVENTS)) {
      CosmosHealth health = new CosmosHealth(connection);
      awaitUp(health); // a first request may take longer than it is waited for
      cosmos.fault("{\"kind\":\"stall\",\"name\":\"stall\"}");
      Health stalled = health.health();
      assertThat(stalled.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
      assertThat(stalled.getDetails())
          .containsEntry("waitsFor", "Cosmos DB at " + cosmos.endpoint());
      cosmos.heal();
      awaitUp(health);
      connection.dropContainer(EVENTS.name());
      Health dropped = health.health();
      assertThat(dropped.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
      assertThat(dropped.getDetails())
          .containsEntry("waitsFor", "the container events in Cosmos DB at " + cosmos.endpoint());
      connection.ensureContainer(EVENTS);
      awaitUp(health);
    }
  }

  private static void awaitUp(CosmosHealth health) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(health.health()).isEqualTo(Health.up().build()));
  }
}
