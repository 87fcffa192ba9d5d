package io.confab.standalone.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.Kind;
import io.confab.events.MessageContent;
import io.confab.kafka.EventRecords;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import io.confab.kafka.LocalKafka;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The topics in Kafka, filled with messages and deletions in a few conversations, every third of
 * which is a channel. Times go on by a second with each event, but for some that are late by up to
 * a minute; each event is mirrored at the time that it has.
 */
public final class TestTopics {
  public static final Instant START = TestStore.START;
  private static final int CONVERSATIONS = 12;

  private final KafkaSettings settings;
  private final Random random = new Random(1);
  private final List<EventEnvelope> log = new ArrayList<>();
  private final long[] sequences = new long[CONVERSATIONS];

  private TestTopics(KafkaSettings settings) {
    this.settings = settings;
  }

  /** New ones, in place of those that are there. */
  public static TestTopics in(LocalKafka kafka, int partitions) throws Exception {
    kafka.clear();
    KafkaSettings settings = kafka.settings(partitions);
    KafkaTopics.ensure(settings);
    return new TestTopics(settings);
  }

  /** Appends that many events, each with a body of that length. */
  public TestTopics append(int events, int bodyLength) {
    int from = log.size();
    for (int i = 0; i < events; i++) {
      log.add(next(bodyLength));
    }
    return mirror(from, log.size());
  }

  private EventEnvelope next(int bodyLength) {
    int conversation = random.nextInt(CONVERSATIONS);
    long sequence = sequences[conversation]++;
    ConversationEvent event =
        sequence > 0 && random.nextInt(4) == 0
            ? new MessageDeleted(sequence - 1)
            : new MessageSent(sequence + 1, MessageContent.of("é".repeat(bodyLength)));
    int late = random.nextInt(5) == 0 ? random.nextInt(60) : 0;
    return new EventEnvelope(
        "c-" + conversation, sequence, START.plusSeconds(log.size() - late), "alice", event);
  }

  private static Kind kind(EventEnvelope envelope) {
    return Long.parseLong(envelope.conversation().substring(2)) % 3 == 0
        ? Kind.CHANNEL
        : Kind.GROUP;
  }

  /** Mirrors a part of what there is, once more where it was. */
  TestTopics mirror(int from, int to) {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                settings.bootstrapServers(),
                "max.in.flight.requests.per.connection", // as the mirror has it
                1),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (EventEnvelope envelope : log.subList(from, to)) {
        ProducerRecord<byte[], byte[]> record =
            EventRecords.encode(
                new EncodedEvent(
                    envelope.conversation(),
                    envelope.sequence(),
                    envelope.type(),
                    EventJson.write(envelope)),
                kind(envelope));
        sent.add(
            producer.send(
                new ProducerRecord<>(
                    record.topic(),
                    null,
                    envelope.at().toEpochMilli(),
                    record.key(),
                    record.value(),
                    record.headers())));
      }
    }
    assertThat(sent).allSatisfy(record -> record.get());
    return this;
  }

  /**
   * What a replay of the events that {@code wanted} holds must give: the partitions one after
   * another, and in each the order of the log.
   */
  public byte[] lines(Predicate<EventEnvelope> wanted) {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    for (String topic : KafkaTopics.ALL) {
      for (int partition = 0; partition < settings.partitions(); partition++) {
        for (EventEnvelope envelope : log) {
          if (KafkaTopics.of(kind(envelope)).equals(topic)
              && partition(envelope) == partition
              && wanted.test(envelope)) {
            lines.writeBytes(EventJson.write(envelope));
            lines.write('\n');
          }
        }
      }
    }
    return lines.toByteArray();
  }

  public byte[] lines() {
    return lines(envelope -> true);
  }

  /** How many records of a partition are older than that, and before the first that is not. */
  long recordsBefore(String topic, int partition, Instant since) {
    return log.stream()
        .filter(e -> KafkaTopics.of(kind(e)).equals(topic) && partition(e) == partition)
        .takeWhile(envelope -> envelope.at().isBefore(since))
        .count();
  }

  /** How many records are in the conversation's partition of either topic. */
  long recordsBeside(String conversation) {
    int partition = KafkaTopics.partition(conversation, settings.partitions());
    return log.stream().filter(envelope -> partition(envelope) == partition).count();
  }

  private int partition(EventEnvelope envelope) {
    return KafkaTopics.partition(envelope.conversation(), settings.partitions());
  }
}
