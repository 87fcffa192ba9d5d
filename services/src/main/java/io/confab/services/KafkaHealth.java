package io.confab.services;

import io.confab.kafka.KafkaSettings;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Up while a broker answers within 2 s. */
final class KafkaHealth implements HealthIndicator, AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final String servers;
  private @Nullable Admin admin;

  KafkaHealth(KafkaSettings settings) {
    this.servers = String.join(",", settings.bootstrapServers());
  }

  @Override
  public Health health() {
    try {
      int brokers =
          admin().describeCluster().nodes().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS).size();
      return Health.up().withDetail("brokers", brokers).build();
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      return away();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return away();
    }
  }

  private Health away() {
    return Health.outOfService().withDetail("waitsFor", "Kafka at " + servers).build();
  }

  /** Made when it is first wanted: a broker's name may not resolve before the broker is there. */
  private synchronized Admin admin() {
    Admin present = admin;
    if (present == null) {
      present =
          Admin.create(
              Map.of(
                  AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                  servers,
                  AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                  Math.toIntExact(PATIENCE.toMillis()),
                  AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                  Math.toIntExact(PATIENCE.toMillis())));
      admin = present;
    }
    return present;
  }

  @Override
  public synchronized void close() {
    if (admin != null) {
      admin.close(PATIENCE);
    }
  }
}
