package io.confab.standalone;

import io.confab.projections.Projections;
import io.confab.views.ViewReader.View;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Up while every view is within a bound of the log's head. */
final class ProjectionsHealth implements HealthIndicator {
  private final Projections projections;
  private final long maxLag;

  /**
   * @param maxLag in events
   */
  ProjectionsHealth(Projections projections, long maxLag) {
    this.projections = projections;
    this.maxLag = maxLag;
  }

  @Override
  public Health health() {
    Health.Builder health = projections.caughtUp(maxLag) ? Health.up() : Health.outOfService();
    for (View view : View.values()) {
      health.withDetail(view.wireName() + "Lag", projections.lag(view));
    }
    return health.withDetail("maxLag", maxLag).build();
  }
}
