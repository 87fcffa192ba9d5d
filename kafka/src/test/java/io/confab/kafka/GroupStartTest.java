package io.confab.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.MessageContent;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * On a real broker. The events of a conversation are ten minutes apart; those that follow each
 * other in a partition disagree by up to an hour, and the mirror's clock is up to 50 minutes
 * behind.
 */
class GroupStartTest {
  private static final int PARTITIONS = 3;
  private static final int CONVERSATIONS = 12;
  private static final int LENGTH = 60;
  private static final Instant START = Instant.parse("2026-11-24T09:30:00Z");
  private static final Duration STEP = Duration.ofMinutes(10);
  private static final String GROUP = "warehouse";

  @TempDir static Path directory;
  private static LocalKafka kafka;
  private static KafkaSettings settings;
  private static Admin admin;

  private final Random random = new Random(1);

  @BeforeAll
  static void startBroker() throws Exception {
    kafka = LocalKafka.start(directory);
    settings = kafka.settings(PARTITIONS);
    admin = Admin.create(KafkaClients.admin(settings));
  }

  @AfterAll
  static void stopBroker() throws Exception {
    admin.close();
    kafka.close();
  }

  @BeforeEach
  void makeTopics() throws Exception {
    kafka.clear(GROUP);
    KafkaTopics.ensure(settings);
  }

  /** Puts the events from, to (exclusive) of every conversation in Kafka, in turns. */
  private void mirror(int from, int to) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(KafkaClients.producer(settings, "test"))) {
      for (int sequence = from; sequence < to; sequence++) {
        for (int i = 0; i < CONVERSATIONS; i++) {
          EncodedEvent event = event(Events.conversation(i), sequence);
          ProducerRecord<byte[], byte[]> record =
              EventRecords.encode(event, Events.kind(event.conversation()));
          long mirrored =
              at(event.conversation(), to - 1).toEpochMilli()
                  - Duration.ofMinutes(random.nextInt(50)).toMillis();
          var unused =
              producer.send(
                  new ProducerRecord<>(
                      record.topic(),
                      null,
                      from == 0 ? mirroredInTime(event) : mirrored,
                      record.key(),
                      record.value(),
                      record.headers()));
        }
      }
    }
  }

  private long mirroredInTime(EncodedEvent event) {
    return at(event.conversation(), event.sequence())
        .minus(Duration.ofMinutes(random.nextInt(50)))
        .toEpochMilli();
  }

  private static Instant at(String conversation, long sequence) {
    int late = Math.floorMod(31 * conversation.hashCode() + (int) sequence * 7, 60);
    return START.plus(STEP.multipliedBy(sequence)).minus(Duration.ofMinutes(late));
  }

  private static EncodedEvent event(String conversation, long sequence) {
    EventEnvelope envelope =
        new EventEnvelope(
            conversation,
            sequence,
            at(conversation, sequence),
            "alice",
            new MessageSent(sequence + 1, MessageContent.of("m" + sequence)));
    return new EncodedEvent(conversation, sequence, envelope.type(), EventJson.write(envelope));
  }

  private static Map<String, List<Long>> set(@Nullable Instant since) {
    try (GroupStart start = GroupStart.open(settings, GROUP, since)) {
      while (start.search()) {
        assertThat(start.passed()).isBetween(0L, start.records());
      }
      assertThat(start.passed()).isEqualTo(start.records());
      return start.set();
    }
  }

  /** By topic, the offset of the first record that is new enough, found by reading them all. */
  private static Map<String, List<Long>> expected(Instant since) {
    Map<String, List<Long>> expected = new LinkedHashMap<>();
    Map<TopicPartition, Long> ends = KafkaExtent.now(settings).ends();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(KafkaClients.reader(settings, "test"))) {
      ends.forEach(
          (partition, end) -> {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 0);
            long first = end;
            while (consumer.position(partition) < end) {
              for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                if (!EventRecords.at(record).isBefore(since)) {
                  first = Math.min(first, record.offset());
                }
              }
            }
            expected.computeIfAbsent(partition.topic(), topic -> new ArrayList<>()).add(first);
          });
    }
    return expected;
  }

  private static Map<String, List<Long>> committed() throws Exception {
    Map<String, List<Long>> committed = new LinkedHashMap<>();
    var offsets = admin.listConsumerGroupOffsets(GROUP).partitionsToOffsetAndMetadata().get();
    for (TopicPartition partition : KafkaExtent.now(settings).ends().keySet()) {
      if (offsets.containsKey(partition)) {
        committed
            .computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
            .add(offsets.get(partition).offset());
      }
    }
    return committed;
  }

  @Test
  void aGroupBeginsWithTheFirstRecordThatIsNewEnough() throws Exception {
    mirror(0, LENGTH);
    mirror(20, 50);
    mirror(40, LENGTH);
    for (int sequence : new int[] {1, 10, 25, 45, LENGTH - 1}) {
      Instant since = START.plus(STEP.multipliedBy(sequence));
      assertThat(set(since)).as("since %s", since).isEqualTo(expected(since));
      assertThat(committed()).isEqualTo(expected(since));
    }
    assertThat(expected(START.plus(STEP.multipliedBy(25))).toString()).doesNotContain("[0", " 0");
  }

  @Test
  void withNoTimeOrAnEarlyOneItBeginsWithTheFirst() throws Exception {
    mirror(0, 5);
    Map<String, List<Long>> all =
        Map.of(KafkaTopics.CHANNELS, List.of(0L, 0L, 0L), KafkaTopics.CHATS, List.of(0L, 0L, 0L));
    for (Instant since : new Instant[] {null, Instant.EPOCH, Instant.MIN}) {
      set(Instant.MAX);
      assertThat(set(since)).isEqualTo(all);
      assertThat(committed()).isEqualTo(all);
    }
  }

  @Test
  void whereNoEventIsNewEnoughItBeginsBehindTheLast() throws Exception {
    mirror(0, 5);
    for (Instant since : List.of(START.plus(Duration.ofDays(9)), Instant.MAX)) {
      assertThat(set(since)).isEqualTo(expected(since));
      assertThat(committed()).isEqualTo(expected(since));
    }
  }

  @Test
  void aReaderOfTheGroupIsGivenAllFromThere() throws Exception {
    mirror(0, LENGTH);
    Instant since = START.plus(STEP.multipliedBy(30));
    Map<String, List<Long>> starts = set(since);
    Map<TopicPartition, Long> first = new HashMap<>();
    long records = 0;
    try (KafkaConsumer<byte[], byte[]> reader = reader()) {
      while (records < records(starts)) {
        for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(100))) {
          records++;
          first.putIfAbsent(
              new TopicPartition(record.topic(), record.partition()), record.offset());
        }
      }
      assertThat(reader.poll(Duration.ofMillis(100))).isEmpty();
    }
    first.forEach(
        (partition, offset) ->
            assertThat(offset).isEqualTo(starts.get(partition.topic()).get(partition.partition())));
  }

  private static long records(Map<String, List<Long>> starts) {
    long before = starts.values().stream().flatMap(List::stream).mapToLong(Long::longValue).sum();
    return KafkaExtent.now(settings).records() - before;
  }

  private static KafkaConsumer<byte[], byte[]> reader() {
    Map<String, Object> config = KafkaClients.consumer(settings, "test");
    config.put(ConsumerConfig.GROUP_ID_CONFIG, GROUP);
    KafkaConsumer<byte[], byte[]> reader = new KafkaConsumer<>(config);
    reader.subscribe(KafkaTopics.ALL);
    return reader;
  }

  @Test
  void aGroupWithMembersIsLeftAlone() throws Exception {
    mirror(0, 10);
    Map<String, List<Long>> before = set(START.plus(STEP.multipliedBy(5)));
    try (GroupStart early = GroupStart.open(settings, GROUP, null);
        KafkaConsumer<byte[], byte[]> reader = reader()) {
      await()
          .atMost(Duration.ofSeconds(90))
          .until(
              () -> {
                reader.poll(Duration.ofMillis(100));
                return !reader.assignment().isEmpty();
              });
      assertThatThrownBy(() -> GroupStart.open(settings, GROUP, null))
          .isInstanceOf(GroupInUseException.class)
          .hasMessage("the group warehouse has 1 members: stop them, or name another group");
      assertThat(early.search()).isFalse();
      assertThatThrownBy(early::set)
          .isInstanceOf(GroupInUseException.class)
          .hasMessage("the group warehouse has members: stop them, or name another group");
    }
    assertThat(committed()).isEqualTo(before);
  }

  @Test
  void nothingIsSetBeforeAllIsFound() throws Exception {
    mirror(0, 10);
    try (GroupStart start = GroupStart.open(settings, GROUP, START)) {
      assertThatThrownBy(start::set).isInstanceOf(IllegalStateException.class);
    }
    assertThat(committed()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        MirrorPosition.GROUP,
        "confab.projections.history",
        "confab.projections.conversations",
        "confab.projections.history.rebuild-1"
      })
  void groupsOfConfabAreLeftAlone(String group) {
    assertThatThrownBy(() -> GroupStart.open(settings, group, null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aMissingTopicIsNamed() throws Exception {
    kafka.clear();
    assertThatThrownBy(() -> GroupStart.open(settings, GROUP, null))
        .isInstanceOf(TopicMismatchException.class)
        .hasMessage(
            "Kafka at "
                + kafka.servers()
                + " has no topic confab.channels: name the brokers to which Confab mirrors its log");
  }
}
