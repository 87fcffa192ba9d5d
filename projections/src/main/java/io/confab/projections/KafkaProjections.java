package io.confab.projections;

import io.confab.events.EventLog;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import io.confab.kafka.TopicMismatchException;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the views up with the log in Kafka: a consumer group for each view, so that as many
 * processes as there are partitions share the work, and Kafka keeps the offsets. An offset is
 * committed after its event is in the view; a partition whose event cannot be applied stands there,
 * with an alert, until it can. What comes twice is skipped by the view.
 *
 * <p>The view's writes must be durable when they return, because nothing is delivered again behind
 * a committed offset.
 */
public final class KafkaProjections implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaProjections.class);
  private static final long PAUSE_MILLIS = 10_000;

  private final KafkaSettings settings;
  private final List<ViewConsumer> consumers = new ArrayList<>();
  private final Thread starting = new Thread(this::awaitTopicsAndStart, "projections-start");

  public KafkaProjections(
      ViewStore views,
      EventLog log,
      KafkaSettings kafka,
      ProjectionSettings settings,
      MeterRegistry meters) {
    this.settings = kafka;
    starting.setDaemon(true);
    for (View view : View.values()) {
      consumers.add(
          new ViewConsumer(
              ProcessingGroups.of(view),
              view.wireName(),
              views.live(view),
              log,
              kafka,
              settings,
              meters));
    }
  }

  /** Returns at once; waits for Kafka on a thread of its own. Once. */
  public void start() {
    starting.start();
  }

  private void awaitTopicsAndStart() {
    while (true) {
      try {
        KafkaTopics.ensure(settings);
        consumers.forEach(ViewConsumer::start);
        return;
      } catch (InterruptedException stopped) {
        return;
      } catch (TopicMismatchException e) {
        LOG.error("The projections stand still: {}", e.getMessage());
      }
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException stopped) {
        return;
      }
    }
  }

  /** Stops, after the batches that are being written. */
  @Override
  public void close() {
    starting.interrupt();
    consumers.forEach(ViewConsumer::close);
  }
}
