package io.confab.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.events.EncodedEvent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a real broker, of whose topics the test says what is in them. */
class KafkaLogTest {
  private static final int CONVERSATIONS = 20;
  private static final int LENGTH = 100;

  @TempDir static Path directory;
  private static LocalKafka kafka;
  private static KafkaSettings settings;

  @BeforeAll
  static void startBroker() throws Exception {
    kafka = LocalKafka.start(directory);
    settings = kafka.settings(4);
  }

  @AfterAll
  static void stopBroker() throws Exception {
    kafka.close();
  }

  @BeforeEach
  void makeTopics() throws Exception {
    kafka.clear();
    KafkaTopics.ensure(settings);
  }

  /** Puts the events from, to (exclusive) of every conversation in Kafka, in turns. */
  private static void mirror(int from, int to) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(KafkaClients.producer(settings, "test"))) {
      for (int sequence = from; sequence < to; sequence++) {
        for (int i = 0; i < CONVERSATIONS; i++) {
          String conversation = Events.conversation(i);
          EncodedEvent event = Events.event(conversation, sequence);
          var unused = producer.send(EventRecords.encode(event, Events.kind(conversation)));
        }
      }
    }
  }

  /** Puts the events from, to (exclusive) of one conversation in Kafka. */
  private static void mirror(String conversation, int from, int to) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(KafkaClients.producer(settings, "test"))) {
      for (int sequence = from; sequence < to; sequence++) {
        EncodedEvent event = Events.event(conversation, sequence);
        var unused = producer.send(EventRecords.encode(event, Events.kind(conversation)));
      }
    }
  }

  private static List<String> read(KafkaLog log) {
    List<String> lines = new ArrayList<>();
    for (List<KafkaLog.Entry> entries; (entries = log.read()) != null; ) {
      entries.forEach(entry -> lines.add(new String(entry.event().envelope(), UTF_8)));
    }
    return lines;
  }

  private static List<String> read() {
    try (KafkaLog log = KafkaLog.open(settings)) {
      return read(log);
    }
  }

  @Test
  void eachEventIsGivenOnceInOrderThoughItWasMirroredAgain() {
    mirror(0, 60);
    mirror(30, 50);
    mirror(40, LENGTH);
    Map<String, Long> last = new HashMap<>();
    List<String> order = new ArrayList<>();
    try (KafkaLog log = KafkaLog.open(settings)) {
      for (List<KafkaLog.Entry> entries; (entries = log.read()) != null; ) {
        for (KafkaLog.Entry entry : entries) {
          EncodedEvent event = entry.event();
          assertThat(event.sequence()).isEqualTo(last.getOrDefault(event.conversation(), -1L) + 1);
          assertThat(event.envelope())
              .isEqualTo(Events.event(event.conversation(), event.sequence()).envelope());
          last.put(event.conversation(), event.sequence());
          String place =
              KafkaTopics.of(Events.kind(event.conversation()))
                  + KafkaTopics.partition(event.conversation(), 4);
          if (order.isEmpty() || !order.get(order.size() - 1).equals(place)) {
            order.add(place);
          }
        }
      }
      assertThat(log.read()).isNull();
    }
    assertThat(last).hasSize(CONVERSATIONS).containsValue(LENGTH - 1L);
    assertThat(last.values()).containsOnly(LENGTH - 1L);
    assertThat(order).isSorted().doesNotHaveDuplicates().hasSizeGreaterThan(4);
    assertThat(read()).isEqualTo(read());
  }

  @Test
  void endsWhereTheTopicsEndedWhenItWasOpened() {
    mirror(0, 10);
    List<String> before = read();
    try (KafkaLog log = KafkaLog.open(settings)) {
      mirror(10, 20);
      assertThat(read(log)).isEqualTo(before);
    }
    assertThat(read()).hasSize(CONVERSATIONS * 20).containsAll(before);
  }

  @Test
  void anExtentIsTheSameLaterWhateverCameSince() {
    mirror(0, 30);
    mirror(20, 40);
    KafkaExtent extent = KafkaExtent.now(settings);
    List<String> before = read();
    assertThat(extent.records()).isEqualTo(CONVERSATIONS * 50L);
    mirror(35, LENGTH);
    assertThat(KafkaExtent.now(settings).isOfTopicsOf(extent)).isTrue();
    try (KafkaLog log = KafkaLog.open(settings, extent, 0)) {
      assertThat(read(log)).isEqualTo(before);
      assertThat(log.position()).isEqualTo(extent.records());
    }
  }

  @Test
  void anExtentIsReadFromThePartitionThatHoldsARecord() {
    mirror(0, 30);
    KafkaExtent extent = KafkaExtent.now(settings);
    Map<Long, Long> begins = new HashMap<>(); // of the partition of each record that has an entry
    List<String> all = new ArrayList<>();
    Map<Long, Integer> entriesBefore = new HashMap<>();
    try (KafkaLog log = KafkaLog.open(settings, extent, 0)) {
      for (List<KafkaLog.Entry> entries; (entries = log.read()) != null; ) {
        entriesBefore.putIfAbsent(log.partitionBegin(), all.size());
        for (KafkaLog.Entry entry : entries) {
          assertThat(entry.index()).isBetween(log.partitionBegin(), log.position() - 1);
          begins.put(entry.index(), log.partitionBegin());
          all.add(new String(entry.event().envelope(), UTF_8));
        }
      }
    }
    assertThat(entriesBefore).hasSizeGreaterThan(4);
    for (long from = 0; from < extent.records(); from += 17) {
      long begin = begins.get(from);
      try (KafkaLog log = KafkaLog.open(settings, extent, from)) {
        assertThat(log.position()).isEqualTo(begin);
        assertThat(read(log)).isEqualTo(all.subList(entriesBefore.get(begin), all.size()));
      }
    }
    try (KafkaLog log = KafkaLog.open(settings, extent, extent.records())) {
      assertThat(log.position()).isEqualTo(extent.records());
      assertThat(read(log)).isEmpty();
    }
  }

  @Test
  void anExtentOfTopicsThatWereMadeAnewIsNamed() throws Exception {
    mirror(0, 20);
    KafkaExtent extent = KafkaExtent.now(settings);
    makeTopics();
    mirror(0, 10);
    assertThat(KafkaExtent.now(settings).isOfTopicsOf(extent)).isFalse();
    assertThatThrownBy(() -> KafkaLog.open(settings, extent, 0))
        .isInstanceOf(IncompleteLogException.class)
        .hasMessageMatching(
            "confab.ch\\w+-\\d ends with offset \\d+, and is to be read up to \\d+: what was there"
                + " is gone");
  }

  @Test
  void emptyTopicsGiveNothing() {
    assertThat(read()).isEmpty();
  }

  @Test
  void whatIsAheadWaitsForWhatIsBeforeIt() {
    mirror(0, 10);
    mirror(12, 15);
    mirror(10, 13);
    Map<String, Long> next = new HashMap<>();
    try (KafkaLog log = KafkaLog.open(settings)) {
      for (List<KafkaLog.Entry> entries; (entries = log.read()) != null; ) {
        entries.forEach(
            entry ->
                assertThat(entry.event().sequence())
                    .isEqualTo(next.merge(entry.event().conversation(), 1L, Long::sum) - 1));
      }
    }
    assertThat(next.values()).hasSize(CONVERSATIONS).containsOnly(15L);
  }

  /** As from a mirror that begins anew, and reads three buckets of a conversation side by side. */
  @Test
  void moreThanMayWaitIsReadAgain() {
    mirror(0, 10);
    mirror("c-1", 20_000, 40_000);
    mirror("c-1", 12_000, 13_000); // mirrored again below
    mirror(10, 12);
    mirror("c-1", 10_000, 20_000);
    mirror("c-1", 12, 10_000);
    mirror(12, 15);
    List<String> all = new ArrayList<>();
    Map<String, Long> next = new HashMap<>();
    long position = 0;
    KafkaExtent extent = KafkaExtent.now(settings);
    try (KafkaLog log = KafkaLog.open(settings)) {
      for (List<KafkaLog.Entry> entries; (entries = log.read()) != null; ) {
        for (KafkaLog.Entry entry : entries) {
          EncodedEvent event = entry.event();
          assertThat(event.sequence())
              .isEqualTo(next.merge(event.conversation(), 1L, Long::sum) - 1);
          assertThat(event.envelope())
              .isEqualTo(Events.event(event.conversation(), event.sequence()).envelope());
          assertThat(entry.index()).isBetween(log.partitionBegin(), log.position() - 1);
          all.add(new String(event.envelope(), UTF_8));
        }
        assertThat(log.position()).isGreaterThanOrEqualTo(position);
        position = log.position();
      }
    }
    assertThat(next.remove("c-1")).isEqualTo(40_000);
    assertThat(next.values()).hasSize(CONVERSATIONS - 1).containsOnly(15L);
    mirror("c-1", 40_000, 40_100);
    try (KafkaLog log = KafkaLog.open(settings, extent, 0)) {
      assertThat(read(log)).isEqualTo(all);
      assertThat(log.position()).isEqualTo(extent.records());
    }
  }

  @Test
  void aHoleBeforeMoreThanMayWaitIsNamed() {
    mirror(0, 10);
    mirror("c-1", 11, 20_000);
    mirror("c-2", 11, 2_000);
    mirror("c-2", 10, 11);
    assertThatThrownBy(KafkaLogTest::read)
        .isInstanceOf(IncompleteLogException.class)
        .hasMessageMatching("confab.chats-\\d has event 11 of c-1, but not event 10");
  }

  @Test
  void aHoleIsNamed() {
    mirror(0, 10);
    mirror(11, 20);
    assertThatThrownBy(KafkaLogTest::read)
        .isInstanceOf(IncompleteLogException.class)
        .hasMessageMatching("confab.ch\\w+-\\d has event 11 of c-\\d+, but not event 10");
  }

  @Test
  void aBeginningThatIsGoneIsNamed() throws Exception {
    mirror(0, 10);
    int partition = KafkaTopics.partition("c-1", 4);
    try (Admin admin = Admin.create(KafkaClients.admin(settings))) {
      admin
          .deleteRecords(
              Map.of(
                  new TopicPartition(KafkaTopics.CHATS, partition),
                  RecordsToDelete.beforeOffset(3)))
          .all()
          .get();
    }
    assertThatThrownBy(() -> KafkaExtent.now(settings)).isInstanceOf(IncompleteLogException.class);
    assertThatThrownBy(KafkaLogTest::read)
        .isInstanceOf(IncompleteLogException.class)
        .hasMessage("confab.chats-" + partition + " begins with offset 3: what was before is gone");
  }

  @Test
  void aKafkaThatIsAwayIsNotAnEmptyLog() {
    KafkaSettings away = KafkaSettings.of("127.0.0.1:1");
    assertThatThrownBy(() -> KafkaLog.open(away)).isInstanceOf(KafkaException.class);
  }
}
