package io.confab.standalone;

import io.confab.command.store.RocksDbEventStorageEngine;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Up while the event store takes writes. */
final class EventStoreHealth implements HealthIndicator {
  private final RocksDbEventStorageEngine store;

  EventStoreHealth(RocksDbEventStorageEngine store) {
    this.store = store;
  }

  @Override
  public Health health() {
    Health.Builder health = store.writable() ? Health.up() : Health.outOfService();
    return health.withDetail("durableIndex", store.durableIndex()).build();
  }
}
