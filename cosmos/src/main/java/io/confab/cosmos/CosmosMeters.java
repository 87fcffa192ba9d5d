package io.confab.cosmos;

import com.azure.cosmos.models.CosmosClientTelemetryConfig;
import com.azure.cosmos.models.CosmosMetricCategory;
import com.azure.cosmos.models.CosmosMetricTagName;
import com.azure.cosmos.models.CosmosMicrometerMetricsOptions;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Set;

/**
 * Two sums over what the SDK meters for itself: it repeats throttled requests where nobody else
 * sees them. Its other meters, which are many, are dropped.
 */
final class CosmosMeters {
  private static final String UNITS = "cosmos.client.op.RUs";
  private static final Set<String> REQUESTS =
      Set.of("cosmos.client.req.gw.requests", "cosmos.client.req.rntbd.requests");
  private static final String STATUS = "RequestStatusCode";

  private final MeterRegistry sdk = new SimpleMeterRegistry();

  CosmosMeters(MeterRegistry registry) {
    sdk.config()
        .meterFilter(
            MeterFilter.denyUnless(
                id -> UNITS.equals(id.getName()) || REQUESTS.contains(id.getName())));
    FunctionCounter.builder("confab.cosmos.throttled", this, CosmosMeters::throttled)
        .description("Requests that Cosmos DB asked to send again later (status 429)")
        .register(registry);
    FunctionCounter.builder("confab.cosmos.request.units", this, CosmosMeters::units)
        .description("Request units that requests to Cosmos DB were charged")
        .register(registry);
  }

  /** To be given to the client that is to be counted. */
  CosmosClientTelemetryConfig telemetry() {
    return new CosmosClientTelemetryConfig()
        .metricsOptions(
            new CosmosMicrometerMetricsOptions()
                .meterRegistry(sdk)
                .setMetricCategories(
                    CosmosMetricCategory.OPERATION_SUMMARY, CosmosMetricCategory.REQUEST_SUMMARY)
                .configureDefaultTagNames(CosmosMetricTagName.REQUEST_STATUS_CODE)
                .configureDefaultPercentiles()
                .enableHistogramsByDefault(false));
  }

  private double throttled() {
    double sum = 0;
    for (Meter meter : sdk.getMeters()) {
      String status = meter.getId().getTag(STATUS);
      if (meter instanceof Counter counter && status != null && status.startsWith("429")) {
        sum += counter.count();
      }
    }
    return sum;
  }

  private double units() {
    double sum = 0;
    for (Meter meter : sdk.getMeters()) {
      if (meter instanceof DistributionSummary summary && UNITS.equals(meter.getId().getName())) {
        sum += summary.totalAmount();
      }
    }
    return sum;
  }
}
