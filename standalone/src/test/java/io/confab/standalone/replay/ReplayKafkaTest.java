package io.confab.standalone.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.confab.events.EventType;
import io.confab.kafka.KafkaTopics;
import io.confab.kafka.LocalKafka;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command on a real broker, in this process. */
class ReplayKafkaTest {
  private static final int PARTITIONS = 3;

  @TempDir static Path broker;
  private static LocalKafka kafka;

  @TempDir private Path directory;
  private Path file;
  private TestTopics topics;
  private String servers;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private String said = "";

  /** What a kill leaves is what is on the disk at that moment: nothing runs after it. */
  private static final class Killed extends Error {}

  @BeforeAll
  static void startBroker() throws Exception {
    kafka = LocalKafka.start(broker);
  }

  @AfterAll
  static void stopBroker() throws Exception {
    kafka.close();
  }

  @BeforeEach
  void makeTopics() throws Exception {
    file = directory.resolve("events.ndjson");
    servers = kafka.servers();
    topics = TestTopics.in(kafka, PARTITIONS);
  }

  private int run(BooleanSupplier interrupted, String... arguments) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exit =
        new ReplayCommand(
                out, new PrintStream(err, true, StandardCharsets.UTF_8), false, interrupted)
            .run(arguments);
    said = err.toString(StandardCharsets.UTF_8);
    return exit;
  }

  private int toFile(BooleanSupplier interrupted, String... arguments) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--to=" + file;
    all[arguments.length + 1] = "--kafka=" + servers;
    int exit = run(interrupted, all);
    assertThat(said.lines()).hasSize(1);
    assertThat(out.size()).isZero();
    return exit;
  }

  private int toFile(String... arguments) {
    return toFile(() -> false, arguments);
  }

  /** Stops when it was asked that often. */
  private static BooleanSupplier after(int times) {
    AtomicInteger left = new AtomicInteger(times);
    return () -> left.getAndDecrement() <= 0;
  }

  private void assertRefused(int exit, String why) {
    assertThat(exit).isEqualTo(2);
    assertThat(said)
        .isEqualTo(
            "confab: --to "
                + file
                + " "
                + why
                + "; name another file, or overwrite it with --force\n");
  }

  @Test
  void eachEventIsWrittenOnceOnePartitionAfterAnother() throws Exception {
    topics.append(2_000, 20).mirror(500, 1_500).append(1_000, 20).mirror(1_400, 2_900);
    assertThat(toFile()).isZero();
    assertThat(file).hasBinaryContent(topics.lines());
    assertThat(said)
        .isEqualTo("confab: 3,000 lines in " + file + ", from 5,500 of 5,500 records\n");
    assertThat(run(() -> false, "--to=-", "--kafka", servers)).isZero();
    assertThat(out.toByteArray()).isEqualTo(topics.lines());
  }

  @Test
  void onlyThePartitionsOfTheSelectedConversationsAreRead() {
    topics.append(3_000, 20);
    long records = topics.recordsBeside("c-3");
    assertThat(toFile("--conversation=c-3", "--type=MessageSent")).isZero();
    assertThat(records).isLessThan(2_000);
    assertThat(said).endsWith(String.format(Locale.ROOT, "from %,d of %1$,d records\n", records));
    assertThat(file)
        .hasBinaryContent(
            topics.lines(
                e -> e.conversation().equals("c-3") && e.type() == EventType.MESSAGE_SENT));
  }

  @Test
  void aConversationThatIsNotThereIsNamed() {
    topics.append(300, 20);
    String refusal = "confab: --conversation c-99 is none of those in Kafka at " + servers;
    assertThat(run(() -> false, "--to=-", "--kafka", servers, "--conversation=c-99")).isEqualTo(2);
    assertThat(said).endsWith(refusal + "\n");
    assertThat(out.size()).isZero();
    // One that is there and of which nothing is selected is no fault.
    assertThat(
            run(
                () -> false,
                "--to=-",
                "--kafka=" + servers,
                "--conversation=c-3",
                "--until=" + TestTopics.START.minusSeconds(3_600)))
        .isZero();
  }

  @Test
  void onlyTheSelectedEventsAreWritten() {
    topics.append(3_000, 20);
    Instant since = TestTopics.START.plusSeconds(500);
    Instant until = TestTopics.START.plusSeconds(2_500);
    assertThat(
            toFile(
                "--since=" + since,
                "--until=" + until,
                "--type=MessageDeleted",
                "--conversation=c-1",
                "--conversation=c-3"))
        .isZero();
    byte[] expected =
        topics.lines(
            e ->
                !e.at().isBefore(since)
                    && e.at().isBefore(until)
                    && e.type() == EventType.MESSAGE_DELETED
                    && (e.conversation().equals("c-1") || e.conversation().equals("c-3")));
    assertThat(expected).isNotEmpty();
    assertThat(file).hasBinaryContent(expected);
  }

  @Test
  void emptyTopicsMakeAnEmptyFile() {
    assertThat(toFile()).isZero();
    assertThat(file).isEmptyFile();
    assertThat(said).isEqualTo("confab: 0 lines in " + file + ", from 0 of 0 records\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--since=2026-11-24", "--type=MessageDeleted", "--conversation=c-11"})
  void anInterruptedReplayCoversWhatItsFirstRunDid(String argument) throws Exception {
    topics.append(6_000, 20).mirror(1_000, 3_000);
    assertThat(toFile(argument)).isZero();
    byte[] uninterrupted = Files.readAllBytes(file);
    assertThat(uninterrupted).isNotEmpty();
    Files.delete(file);

    int interrupts = 0;
    for (int reads = 0; toFile(after(reads), argument) == 0; reads++) {
      if (!said.contains("interrupted: ")) {
        break;
      }
      interrupts++;
      topics.append(100, 20).mirror(0, 200);
    }
    assertThat(interrupts).isGreaterThan(3);
    assertThat(file).hasBinaryContent(uninterrupted);
  }

  @Test
  void aKilledReplayGoesOnWhereItWas() throws Exception {
    topics.append(12_000, 1_000).mirror(4_000, 5_000);
    byte[] uninterrupted = topics.lines();
    int halfWay = 0;
    for (int kills = 0; kills < 4; kills++) {
      BooleanSupplier kill = after(7 + kills);
      assertThatThrownBy(
              () ->
                  toFile(
                      () -> {
                        if (kill.getAsBoolean()) {
                          throw new Killed();
                        }
                        return false;
                      }))
          .isInstanceOf(Killed.class);
      topics.append(10, 20);
      Position position = position();
      assertThat(position.complete()).isFalse();
      assertThat(Files.size(file)).isGreaterThanOrEqualTo(position.bytes());
      if (position.bytes() > position.mirrored().bytes()) {
        halfWay++;
      }
      if (kills == 2) {
        Files.writeString(file, "{\"conversation\":\"c-1\",\"sequ", StandardOpenOption.APPEND);
      }
    }
    assertThat(halfWay).isGreaterThan(1);
    assertThat(toFile()).isZero();
    assertThat(said).startsWith("confab: 12,000 lines in ");
    assertThat(file).hasBinaryContent(uninterrupted);
  }

  private Position position() throws Exception {
    return Position.read(Position.pathOf(file));
  }

  @Test
  void theSameCommandLaterGivesWhatOneThatBeginsThenGives() throws Exception {
    topics.append(2_000, 20);
    assertThat(toFile()).isZero();
    byte[] first = Files.readAllBytes(file);
    assertThat(toFile()).isZero();
    assertThat(file).hasBinaryContent(first);
    topics.append(1_000, 20);
    assertThat(toFile()).isZero();
    assertThat(file).hasBinaryContent(topics.lines());
  }

  @Test
  void aFileOfSomethingElseIsLeftAlone() throws Exception {
    topics.append(1_000, 20);
    Files.writeString(file, "mine\n");
    assertRefused(toFile(), "is there, and no replay has written it");
    assertThat(file).hasContent("mine\n");
    assertThat(toFile("--force", "--type=MessageDeleted")).isZero();
    assertRefused(toFile(), "holds another replay (--type MessageDeleted)");
    assertRefused(toFile("--type=MessageSent"), "holds another replay (--type MessageDeleted)");
    topics = TestTopics.in(kafka, PARTITIONS).append(1_000, 20);
    assertRefused(
        toFile("--type=MessageDeleted"),
        "was written from another Kafka, or before its topics were made anew");
    assertThat(toFile("--force")).isZero();
    assertThat(file).hasBinaryContent(topics.lines());
  }

  @Test
  void aFileOfADataDirectoryIsLeftAloneAndTheOtherWayRound() throws Exception {
    topics.append(1_000, 20);
    Path dataDir = directory.resolve("data");
    TestStore.in(dataDir).append(1_000, 20).close();
    String[] embedded = {"--to=" + file, "--data-dir=" + dataDir};
    assertThat(run(() -> false, embedded)).isZero();
    assertRefused(toFile(), "holds a replay of a data directory");
    assertThat(toFile("--force")).isZero();
    assertRefused(run(() -> false, embedded), "holds a replay of Kafka");
    assertThat(file).hasBinaryContent(topics.lines());
  }

  @Test
  void aFileThatWasChangedIsLeftAlone() throws Exception {
    topics.append(9_000, 1_000);
    String changed = "was changed, or is not what Kafka holds";
    assertThat(toFile()).isZero();
    Files.writeString(file, "mine\n", StandardOpenOption.APPEND);
    assertRefused(toFile(), changed);
    assertThat(toFile("--force")).isZero();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 1);
    }
    assertRefused(toFile(), changed);
    assertThat(toFile("--force")).isZero();
    change(Files.size(file) - 5);
    assertRefused(toFile(), changed);

    assertThat(toFile(after(6), "--force")).isZero();
    assertThat(said).startsWith("confab: interrupted: ");
    assertThat(position().bytes()).isGreaterThan(position().mirrored().bytes() + 2_000);
    change(position().mirrored().bytes() + 100); // of the partition that is read again
    byte[] before = Files.readAllBytes(file);
    assertRefused(toFile(), changed);
    assertThat(file).hasBinaryContent(before);
    assertThat(toFile("--force")).isZero();
    assertThat(file).hasBinaryContent(topics.lines());
  }

  private void change(long at) throws Exception {
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) at] ^= 1;
    Files.write(file, bytes);
  }

  @Test
  void aFileThatAnotherReplayWritesIsLeftAlone() {
    topics.append(1_000, 20);
    int exit =
        toFile(
            () -> {
              String outer = said;
              assertThat(toFile("--force")).isEqualTo(1);
              assertThat(said)
                  .isEqualTo("confab: " + file + " is being written by another replay\n");
              said = outer;
              return false;
            });
    assertThat(exit).isZero();
    assertThat(file).hasBinaryContent(topics.lines());
  }

  @Test
  void whatKafkaLacksIsNamed() throws Exception {
    topics.append(100, 20);
    assertThat(toFile()).isZero();
    byte[] complete = Files.readAllBytes(file);
    int partition = KafkaTopics.partition("c-1", PARTITIONS);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      admin
          .deleteRecords(
              Map.of(
                  new TopicPartition(KafkaTopics.CHATS, partition),
                  RecordsToDelete.beforeOffset(3)))
          .all()
          .get();
    }
    topics.append(10, 20);
    assertThat(toFile()).isEqualTo(1);
    assertThat(said)
        .isEqualTo(
            "confab: Kafka at "
                + servers
                + " has not the whole log: confab.chats-"
                + partition
                + " begins with offset 3: what was before is gone\n");
    assertThat(file).hasBinaryContent(complete);
    kafka.clear();
    assertThat(toFile()).isEqualTo(1);
    assertThat(said)
        .isEqualTo(
            "confab: Kafka at "
                + servers
                + " has no topic confab.channels: name the brokers to which Confab mirrors its log\n");
    assertThat(file).hasBinaryContent(complete);
  }

  @Test
  void aKafkaThatIsNotThereIsNamed() {
    servers = "127.0.0.1:1";
    assertThat(toFile()).isEqualTo(1);
    assertThat(said).isEqualTo("confab: Kafka at 127.0.0.1:1 does not answer\n");
    servers = "nowhere.invalid:9092";
    assertThat(toFile()).isEqualTo(1);
    assertThat(said)
        .startsWith(
            "confab: Kafka at nowhere.invalid:9092 cannot be used: No resolvable bootstrap");
    assertThat(file).doesNotExist();
  }

  private int toGroup(String... arguments) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--to=group:warehouse";
    all[arguments.length + 1] = "--kafka=" + servers;
    return run(() -> false, all);
  }

  @Test
  void aGroupBeginsWithTheFirstEventSinceThen() throws Exception {
    topics.append(3_000, 20).mirror(1_000, 2_000);
    Instant since = TestTopics.START.plusSeconds(1_500);
    StringBuilder expected = new StringBuilder();
    for (String topic : KafkaTopics.ALL) {
      expected.append("  ").append(topic);
      for (int partition = 0; partition < PARTITIONS; partition++) {
        long records = topics.recordsBefore(topic, partition, since);
        expected.append(" ").append(partition).append(':').append(records);
      }
      expected.append('\n');
    }
    assertThat(toGroup("--since=" + since)).isZero();
    assertThat(said).isEmpty();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "The group warehouse begins with the first event since 2026-11-24T09:25:00Z of each"
                + " partition. Its offsets, as partition:offset:\n"
                + expected
                + "Read both topics with group.id=warehouse and auto.offset.reset=none, and skip the"
                + " sequences that you have of a conversation:\n"
                + "  kafka-console-consumer.sh --bootstrap-server "
                + servers
                + " --group warehouse --include 'confab\\.channels|confab\\.chats'\n");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      var offsets = admin.listConsumerGroupOffsets("warehouse").partitionsToOffsetAndMetadata();
      assertThat(offsets.get()).hasSize(2 * PARTITIONS);
      offsets
          .get()
          .forEach(
              (partition, offset) ->
                  assertThat(offset.offset())
                      .isEqualTo(
                          topics.recordsBefore(partition.topic(), partition.partition(), since)));
    }
  }

  @Test
  void aGroupThatIsReadWithIsLeftAlone() throws Exception {
    topics.append(10, 20);
    try (KafkaConsumer<byte[], byte[]> reader =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", servers, "group.id", "warehouse"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      reader.subscribe(KafkaTopics.ALL);
      await()
          .atMost(Duration.ofSeconds(90))
          .until(
              () -> {
                reader.poll(Duration.ofMillis(100));
                return !reader.assignment().isEmpty();
              });
      assertThat(toGroup()).isEqualTo(1);
    }
    assertThat(said)
        .isEqualTo("confab: the group warehouse has 1 members: stop them, or name another group\n");
    assertThat(out.size()).isZero();
  }

  @Test
  void anInterruptedSearchSetsNothing() throws Exception {
    topics.append(10, 20);
    assertThat(run(() -> true, "--to=group:archive", "--kafka=" + servers)).isEqualTo(1);
    assertThat(said).isEqualTo("confab: interrupted: the group archive is as it was\n");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      assertThat(admin.listConsumerGroups().all().get())
          .noneMatch(group -> group.groupId().equals("archive"));
    }
  }
}
