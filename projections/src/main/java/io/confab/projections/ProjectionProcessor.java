package io.confab.projections;

import io.confab.views.ViewWriter;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.axonframework.common.transaction.NoTransactionManager;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.PropagatingErrorHandler;
import org.axonframework.eventhandling.Segment;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingEventProcessor;
import org.axonframework.eventhandling.TrackingEventProcessorConfiguration;
import org.axonframework.messaging.StreamableMessageSource;
import org.axonframework.messaging.unitofwork.UnitOfWork;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the log into one view. A batch that fails, for whatever reason, is tried again from the
 * view's position, for ever, with a growing wait; each failure is counted in {@code
 * confab.projections.failures} and logged as an error, which is the alert.
 */
final class ProjectionProcessor extends TrackingEventProcessor {
  private static final Logger LOG = LoggerFactory.getLogger(ProjectionProcessor.class);

  /** How long a stop may have to wait for a processor that has nothing to do. */
  private static final int IDLE_MILLIS = 200;

  private final Counter failures;
  private final long maxBackOffMillis;

  private ProjectionProcessor(Builder builder, Counter failures, long maxBackOffMillis) {
    super(builder);
    this.failures = failures;
    this.maxBackOffMillis = maxBackOffMillis;
  }

  /**
   * @param name the processing group
   * @param projection the value of the tag {@code projection}
   */
  static ProjectionProcessor of(
      String name,
      String projection,
      ViewWriter view,
      StreamableMessageSource<TrackedEventMessage<?>> log,
      ProjectionSettings settings,
      MeterRegistry meters) {
    Counter applied = meters.counter("confab.projections.applied", "projection", projection);
    BatchWriter writer = new BatchWriter(view, applied::increment);
    Builder builder =
        TrackingEventProcessor.builder()
            .name(name)
            .eventHandlerInvoker(writer)
            .tokenStore(writer)
            .messageSource(log)
            .errorHandler(PropagatingErrorHandler.instance())
            .transactionManager(NoTransactionManager.instance())
            .trackingEventProcessorConfiguration(
                TrackingEventProcessorConfiguration.forSingleThreadedProcessing()
                    .andBatchSize(settings.batchSize())
                    .andEventAvailabilityTimeout(IDLE_MILLIS, TimeUnit.MILLISECONDS));
    return new ProjectionProcessor(
        builder,
        meters.counter("confab.projections.failures", "projection", projection),
        settings.maxBackOff().toMillis());
  }

  @Override
  protected void processInUnitOfWork(
      List<? extends EventMessage<?>> events,
      UnitOfWork<? extends EventMessage<?>> unitOfWork,
      Collection<Segment> segments)
      throws Exception {
    try {
      super.processInUnitOfWork(events, unitOfWork, segments);
    } catch (Error e) {
      // the processor would end on an Error and leave the view standing
      throw new IllegalStateException(e);
    }
  }

  /** Called after each failure, of whatever kind, and for nothing else. */
  @Override
  protected void doSleepFor(long millis) {
    failures.increment();
    long wait = Math.min(millis, maxBackOffMillis);
    LOG.error("{} failed and stands still; it is tried again in {} ms", getName(), wait);
    super.doSleepFor(wait);
  }
}
