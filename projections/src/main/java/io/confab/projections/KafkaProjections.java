package io.confab.projections;

import io.confab.events.EventEnvelope;
import io.confab.kafka.KafkaClients;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import io.confab.kafka.TopicMismatchException;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore;
import io.confab.views.ViewWriter;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.extensions.kafka.eventhandling.consumer.subscribable.SubscribableKafkaMessageSource;
import org.axonframework.serialization.jackson3.Jackson3Serializer;
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

  /** Kafka has a position for each partition, and no one for the whole log. */
  private static final long NO_POSITION = -1;

  private static final long PAUSE_MILLIS = 10_000;
  private static final int SESSION_MILLIS = 9_000;

  private final KafkaSettings settings;
  private final List<SubscribableKafkaMessageSource<byte[], byte[]>> sources = new ArrayList<>();
  private final List<PartitionFetcher<EventMessage<?>>> fetchers = new ArrayList<>();
  private final Thread starting = new Thread(this::awaitTopicsAndStart, "projections-start");

  public KafkaProjections(
      ViewStore views, KafkaSettings kafka, ProjectionSettings settings, MeterRegistry meters) {
    this.settings = kafka;
    starting.setDaemon(true);
    for (View view : View.values()) {
      PartitionFetcher<EventMessage<?>> fetcher =
          new PartitionFetcher<>(view.wireName(), settings, meters);
      SubscribableKafkaMessageSource<byte[], byte[]> source =
          SubscribableKafkaMessageSource.<byte[], byte[]>builder()
              .topics(KafkaTopics.ALL)
              .groupId(ProcessingGroups.of(view))
              .consumerFactory(group -> consumer(group, settings.batchSize()))
              .fetcher(fetcher)
              .messageConverter(new EnvelopeConverter())
              .serializer(Jackson3Serializer.builder().build()) // not used, but wanted
              .build();
      ViewWriter writer = views.live(view);
      Counter applied = meters.counter("confab.projections.applied", "projection", view.wireName());
      var unused = source.subscribe(messages -> apply(messages, writer, applied));
      sources.add(source);
      fetchers.add(fetcher);
    }
  }

  private KafkaConsumer<byte[], byte[]> consumer(String group, int batchSize) {
    Map<String, Object> config = KafkaClients.consumer(settings, group);
    config.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, batchSize);
    // How long the partitions of a process that was killed stand, before another takes them over.
    config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_MILLIS);
    config.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, SESSION_MILLIS / 3);
    // Here and not by the caller, because a source that failed to start cannot be started again.
    while (true) {
      try {
        return new KafkaConsumer<>(config);
      } catch (KafkaException e) {
        LOG.error("{} cannot read Kafka, and tries again in {} ms", group, PAUSE_MILLIS, e);
        try {
          Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException stopped) {
          Thread.currentThread().interrupt();
          throw e;
        }
      }
    }
  }

  private static void apply(
      List<? extends EventMessage<?>> messages, ViewWriter view, Counter applied) {
    List<EventEnvelope> batch = new ArrayList<>();
    int weight = 0;
    for (EventMessage<?> message : messages) {
      EventEnvelope envelope = (EventEnvelope) message.getPayload();
      batch.add(envelope);
      weight += BatchWriter.weight(envelope);
      if (weight >= BatchWriter.HEAVIEST_WRITE) {
        view.apply(batch, NO_POSITION);
        applied.increment(batch.size());
        batch = new ArrayList<>();
        weight = 0;
      }
    }
    if (!batch.isEmpty()) {
      view.apply(batch, NO_POSITION);
      applied.increment(batch.size());
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
        sources.forEach(SubscribableKafkaMessageSource::start);
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
    fetchers.forEach(PartitionFetcher::shutdown);
  }
}
