package io.confab.projections;

import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.EventLog;
import io.confab.kafka.KafkaClients;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import io.confab.views.SequenceHoleException;
import io.confab.views.ViewWriter;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.extensions.kafka.eventhandling.consumer.subscribable.SubscribableKafkaMessageSource;
import org.axonframework.serialization.jackson3.Jackson3Serializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process's member of a consumer group that brings both topics, from their beginning, to a
 * writer. An offset is committed after its event is written; {@link PartitionFetcher} says what
 * becomes of those that cannot be.
 *
 * <p>Around the end of a bucket of the event store the mirror may bring events of a conversation
 * out of order: what is missing before one is read from the log, and skipped when it comes.
 */
final class ViewConsumer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ViewConsumer.class);

  /** Kafka has a position for each partition, and no one for the whole log. */
  private static final long NO_POSITION = -1;

  private static final int PAGE = 100;
  private static final long PAUSE_MILLIS = 10_000;
  private static final int SESSION_MILLIS = 9_000;

  private final KafkaSettings kafka;
  private final ViewWriter view;
  private final EventLog log;
  private final Counter applied;
  private final Counter filled;
  private final PartitionFetcher<EventMessage<?>> fetcher;
  private final SubscribableKafkaMessageSource<byte[], byte[]> source;

  /**
   * @param projection the value of the tag {@code projection}
   */
  ViewConsumer(
      String group,
      String projection,
      ViewWriter view,
      EventLog log,
      KafkaSettings kafka,
      ProjectionSettings settings,
      MeterRegistry meters) {
    this.kafka = kafka;
    this.view = view;
    this.log = log;
    this.applied = meters.counter("confab.projections.applied", "projection", projection);
    this.filled =
        Counter.builder("confab.projections.filled")
            .tag("projection", projection)
            .description("Events that were read from the log, because Kafka had one behind first")
            .register(meters);
    this.fetcher = new PartitionFetcher<>(projection, settings, meters);
    this.source =
        SubscribableKafkaMessageSource.<byte[], byte[]>builder()
            .topics(KafkaTopics.ALL)
            .groupId(group)
            .consumerFactory(id -> consumer(id, settings.batchSize()))
            .fetcher(fetcher)
            .messageConverter(new EnvelopeConverter())
            .serializer(Jackson3Serializer.builder().build()) // not used, but wanted
            .build();
    var unused = source.subscribe(this::apply);
  }

  /** Once. Tries until there is a consumer, or the thread is interrupted. */
  void start() {
    source.start();
  }

  private KafkaConsumer<byte[], byte[]> consumer(String group, int batchSize) {
    Map<String, Object> config = KafkaClients.consumer(kafka, group);
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

  private void apply(List<? extends EventMessage<?>> messages) {
    inPieces(
        messages.stream().map(message -> (EventEnvelope) message.getPayload()).toList(),
        this::write);
  }

  /** None of which is too heavy for a view's write. */
  private static void inPieces(List<EventEnvelope> all, Consumer<List<EventEnvelope>> each) {
    List<EventEnvelope> batch = new ArrayList<>();
    int weight = 0;
    for (EventEnvelope envelope : all) {
      batch.add(envelope);
      weight += BatchWriter.weight(envelope);
      if (weight >= BatchWriter.HEAVIEST_WRITE) {
        each.accept(batch);
        batch = new ArrayList<>();
        weight = 0;
      }
    }
    if (!batch.isEmpty()) {
      each.accept(batch);
    }
  }

  private void write(List<EventEnvelope> batch) {
    List<EventEnvelope> left = batch;
    while (!left.isEmpty()) {
      try {
        view.apply(left, NO_POSITION);
        break;
      } catch (SequenceHoleException hole) {
        int end = 0;
        while (!hole.isBefore(left.get(end))) {
          end++;
        }
        if (end > 0) {
          view.apply(left.subList(0, end), NO_POSITION);
        }
        fill(hole);
        left = left.subList(end, left.size());
      }
    }
    applied.increment(batch.size());
  }

  /** Applies what is missing. Where the log does not have it either, the hole is real. */
  private void fill(SequenceHoleException hole) {
    long next = hole.applied() + 1;
    if (next == hole.offered()) {
      throw hole; // nothing is missing: the first event does not begin a conversation
    }
    while (next < hole.offered()) {
      int limit = Math.toIntExact(Math.min(PAGE, hole.offered() - next));
      List<EncodedEvent> missing = log.read(hole.conversation(), next, limit);
      if (missing.isEmpty()) {
        throw hole;
      }
      inPieces(
          missing.stream().map(event -> EventJson.read(event.envelope())).toList(),
          piece -> view.apply(piece, NO_POSITION));
      filled.increment(missing.size());
      next += missing.size();
    }
  }

  /** Leaves the group, after the batch that is being written. */
  @Override
  public void close() {
    fetcher.shutdown();
  }
}
