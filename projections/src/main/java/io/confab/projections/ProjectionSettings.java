package io.confab.projections;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the projections work.
 *
 * @param batchSize the most events that are folded into one write; 1 to 10,000, default 512
 * @param maxBackOff the longest wait before a batch that failed is tried again, which begins at a
 *     second and doubles; above 0, default 10 s
 */
@ConfigurationProperties("confab.projections")
public record ProjectionSettings(
    @DefaultValue("512") int batchSize, @DefaultValue("10s") Duration maxBackOff) {

  /** The defaults. */
  public static final ProjectionSettings DEFAULT =
      new ProjectionSettings(512, Duration.ofSeconds(10));

  public ProjectionSettings {
    if (batchSize < 1 || batchSize > 10_000) {
      throw new IllegalArgumentException(
          "confab.projections.batch-size is " + batchSize + ", must be 1 to 10000");
    }
    if (maxBackOff.isZero() || maxBackOff.isNegative()) {
      throw new IllegalArgumentException(
          "confab.projections.max-back-off is " + maxBackOff + ", must be above 0");
    }
  }
}
