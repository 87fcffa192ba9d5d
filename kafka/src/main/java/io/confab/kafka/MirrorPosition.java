package io.confab.kafka;

import io.confab.events.EncodedEvent;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far a local log is mirrored, kept in Kafka itself as the package says. So it is lost together
 * with what it speaks of, and a log that it does not speak of is noticed. For one thread.
 */
final class MirrorPosition implements AutoCloseable {
  static final String GROUP = "confab.mirror";

  private static final Logger LOG = LoggerFactory.getLogger(MirrorPosition.class);
  private static final TopicPartition PLACE = new TopicPartition(KafkaTopics.CHANNELS, 0);

  private final KafkaConsumer<byte[], byte[]> consumer;

  MirrorPosition(KafkaSettings settings) {
    Map<String, Object> config = KafkaClients.consumer(settings, "confab-mirror-position");
    config.put(ConsumerConfig.GROUP_ID_CONFIG, GROUP);
    consumer = new KafkaConsumer<>(config);
  }

  /** The index of the first event of that log which is not known to be mirrored. */
  long next(MirroredLog log) {
    OffsetAndMetadata committed = consumer.committed(Set.of(PLACE)).get(PLACE);
    if (committed == null) {
      LOG.info("Kafka knows no position of the mirror: the log is mirrored from its beginning");
      return 0;
    }
    long next = committed.offset();
    String last = next == 0 ? "" : place(log.read(next - 1, 1));
    if (!committed.metadata().equals(last)) {
      LOG.warn(
          "Kafka says that {} is event {} of the log, which is {}: mirrored from the beginning",
          committed.metadata(),
          next - 1,
          last);
      return 0;
    }
    return next;
  }

  /** Keeps {@code next}; durable as Kafka's own offsets are when it returns. */
  void commit(long next, EncodedEvent last) {
    consumer.commitSync(Map.of(PLACE, new OffsetAndMetadata(next, place(List.of(last)))));
  }

  private static @Nullable String place(List<EncodedEvent> event) {
    return event.isEmpty() ? null : event.get(0).conversation() + "@" + event.get(0).sequence();
  }

  @Override
  public void close() {
    boolean interrupted = Thread.interrupted(); // it would wait for the coordinator in vain
    consumer.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
