package io.confab.services;

import io.confab.edge.relay.HttpCommandClient;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Out of service while command-side refuses this edge's key. Up where it does not answer: that
 * passes by itself, and clients are told.
 */
final class RelayHealth implements HealthIndicator {
  private final HttpCommandClient commands;

  RelayHealth(HttpCommandClient commands) {
    this.commands = commands;
  }

  @Override
  public Health health() {
    return commands.keyRefused()
        ? Health.outOfService()
            .withDetail("waitsFor", "command-side, whose confab.services.secret is another")
            .build()
        : Health.up().build();
  }
}
