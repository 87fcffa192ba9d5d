package io.confab.services;

import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import java.time.Duration;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Out of service while Kafka's topics are not there, or not as the settings want them: nothing is
 * read from them or written to them then. Unknown where Kafka does not answer, each time within 1
 * s. Topics do not change back by themselves, so they are not asked for again once they were right.
 */
final class TopicsHealth implements HealthIndicator {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final KafkaSettings settings;
  private volatile boolean right;

  TopicsHealth(KafkaSettings settings) {
    this.settings = settings;
  }

  @Override
  public Health health() {
    if (right) {
      return Health.up().build();
    }
    try {
      @Nullable String mismatch = KafkaTopics.mismatch(settings, PATIENCE);
      if (mismatch != null) {
        return Health.outOfService().withDetail("waitsFor", mismatch).build();
      }
      right = true;
      return Health.up().build();
    } catch (KafkaException e) {
      return Health.unknown().build();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Health.unknown().build();
    }
  }
}
