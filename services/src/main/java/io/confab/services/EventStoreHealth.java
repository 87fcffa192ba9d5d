package io.confab.services;

import io.confab.command.store.DurableEventStorageEngine;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Up while the event store takes appends. */
final class EventStoreHealth implements HealthIndicator {
  private final DurableEventStorageEngine store;

  EventStoreHealth(DurableEventStorageEngine store) {
    this.store = store;
  }

  @Override
  public Health health() {
    return store.accepting()
        ? Health.up().build()
        : Health.outOfService().withDetail("waitsFor", "room for what waits to be written").build();
  }
}
