package io.confab.command.store;

import static io.confab.command.store.Conversations.messages;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EventEnvelope;
import io.confab.events.MessageContent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.springframework.util.FileSystemUtils;

/** The log, read beside whoever writes it. */
class LogReaderTest {
  @TempDir Path directory;

  /** Replaces its files many times a second, as a store does that has much to write. */
  private static final class RestlessDatabase extends EventDatabase {
    RestlessDatabase(Path directory) {
      super(directory, 8 << 20);
    }

    @Override
    RocksDB openRocks(
        boolean writable,
        List<ColumnFamilyDescriptor> descriptors,
        List<ColumnFamilyHandle> families)
        throws RocksDBException {
      descriptors.forEach(family -> family.getOptions().setWriteBufferSize(64 << 10));
      return super.openRocks(writable, descriptors, families);
    }
  }

  @Test
  void showsAllThatWasAcknowledgedBeforeWhileFilesComeAndGo() throws Exception {
    try (RocksDbEventStorageEngine engine =
        RocksDbEventStorageEngine.open(
            directory,
            Conversations.serializer(),
            StoreSettings.DEFAULT,
            new SimpleMeterRegistry(),
            new RestlessDatabase(directory))) {
      appendTo(engine, 0);
      Writer writer = new Writer(engine);
      writer.thread.start();
      try {
        for (int i = 0; i < 25; i++) {
          long acknowledged = engine.durableIndex();
          try (LogReader reader = LogReader.open(directory)) {
            assertThat(reader.durableIndex()).isGreaterThanOrEqualTo(acknowledged);
            checkTail(reader);
          }
        }
      } finally {
        writer.stopped = true;
        writer.thread.join();
      }
      assertThat(writer.failure).isNull();
      try (LogReader reader = LogReader.open(directory)) {
        assertThat(reader.durableIndex()).isEqualTo(engine.durableIndex());
        assertThat(bodies(reader)).containsExactlyElementsOf(bodies(engine));
      }
    }
  }

  private static final class Writer {
    /** Without a pause, or with one of 5 ms, no reader keeps up on a busy machine. */
    private static final long PACE_NANOS = 30_000_000;

    final Thread thread = new Thread(this::run);
    private final RocksDbEventStorageEngine engine;
    volatile boolean stopped;
    volatile Throwable failure;

    Writer(RocksDbEventStorageEngine engine) {
      this.engine = engine;
    }

    private void run() {
      try {
        for (long sequence = 20; !stopped; sequence += 20) {
          appendTo(engine, sequence);
          LockSupport.parkNanos(PACE_NANOS);
        }
      } catch (RuntimeException e) {
        failure = e;
      }
    }
  }

  private static void appendTo(RocksDbEventStorageEngine engine, long sequence) {
    List<DomainEventMessage<EventEnvelope>> batch = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      batch.add(
          Conversations.message("c-1", sequence + i, (sequence + i) + "-" + "x".repeat(1_000)));
    }
    engine.appendEvents(batch);
  }

  /** The last few thousand events: those before them do not change any more. */
  private static void checkTail(LogReader reader) {
    long last = reader.durableIndex();
    long from = Math.max(0, last - 2_000);
    long expected = from;
    for (LogEntry entry : reader.readLog(from, 3_000)) {
      assertThat(entry.index()).isEqualTo(expected);
      assertThat(Conversations.body(entry.event().envelope())).startsWith(expected + "-");
      expected++;
    }
    assertThat(expected).isEqualTo(last + 1);
  }

  private static List<String> bodies(DurableLog log) {
    return log.readLog(0, Integer.MAX_VALUE).stream()
        .map(entry -> Conversations.body(entry.event().envelope()))
        .toList();
  }

  @Test
  void showsWhatAnotherProcessHasAcknowledged() throws Exception {
    Process process = AppendingProcess.start(directory);
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(out.readLine()).isEqualTo("open");
      List<String> acknowledged = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        for (int lines = 0; lines < 500; lines++) {
          acknowledged.add(out.readLine());
        }
        try (LogReader reader = LogReader.open(directory)) {
          assertThat(new HashSet<>(bodies(reader))).containsAll(acknowledged);
        }
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void whatIsNotYetAcknowledgedIsSyncedBeforeItIsShown() throws Exception {
    try (RocksDbEventStorageEngine engine = open()) {
      engine.appendEvents(messages("c-1", 0, 3));
      List<Path> synced = new ArrayList<>();
      try (LogReader reader = LogReader.open(directory, synced::add)) {
        assertThat(reader.durableIndex()).isEqualTo(2);
      }
      try (Stream<Path> files = Files.list(directory)) {
        assertThat(files.filter(file -> file.toString().endsWith(".log")).toList())
            .isNotEmpty()
            .containsExactlyInAnyOrderElementsOf(synced);
      }
    }
  }

  @Test
  void looksAgainWhereAWriteAheadLogWasReplacedMeanwhile() throws Exception {
    try (RocksDbEventStorageEngine engine = open()) {
      engine.appendEvents(messages("c-1", 0, 3));
      Path copy = directory.resolveSibling(directory.getFileName() + "-copy");
      FileSystemUtils.copyRecursively(directory, copy);
      Path extra = Files.createFile(copy.resolve("000001.log"));
      List<Path> looks = new ArrayList<>();
      try (LogReader reader =
          LogReader.open(
              copy,
              log -> {
                looks.add(log);
                Files.deleteIfExists(extra);
              })) {
        assertThat(reader.durableIndex()).isEqualTo(2);
        assertThat(looks.stream().filter(log -> !log.equals(extra))).hasSize(2);
      } finally {
        FileSystemUtils.deleteRecursively(copy);
      }
    }
  }

  @Test
  void aBatchThatIsNotWholeIsNotShown() throws Exception {
    try (RocksDbEventStorageEngine engine = open()) {
      engine.appendEvents(messages("c-1", 0, 3));
      engine.appendEvents(messages("c-1", 3, 3));
      Path copy = directory.resolveSibling(directory.getFileName() + "-torn");
      FileSystemUtils.copyRecursively(directory, copy);
      try (Stream<Path> files = Files.list(copy)) {
        files.filter(file -> file.toString().endsWith(".log")).forEach(LogReaderTest::cut);
      }
      try (LogReader reader = LogReader.open(copy)) {
        assertThat(reader.durableIndex()).isEqualTo(2);
        assertThat(reader.head("c-1")).isEqualTo(2);
        assertThat(reader.head("c-2")).isEqualTo(-1);
        assertThat(reader.readLog(0, 10)).hasSize(3);
        assertThat(reader.readLog(3, 10)).isEmpty();
      } finally {
        FileSystemUtils.deleteRecursively(copy);
      }
    }
  }

  private static void cut(Path file) {
    try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "rw")) {
      log.setLength(Math.max(0, log.length() - 10));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void leavesTheDirectoryAsItIs() throws Exception {
    try (RocksDbEventStorageEngine engine = open()) {
      engine.appendEvents(messages("c-1", 0, 3));
    }
    Map<String, Long> before = files();
    try (LogReader reader = LogReader.open(directory)) {
      assertThat(reader.readLog(0, 10)).hasSize(3);
      assertThat(files()).isEqualTo(before);
    }
    assertThat(files()).isEqualTo(before);
  }

  private Map<String, Long> files() throws IOException {
    Map<String, Long> sizes = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        sizes.put(file.getFileName() + "", Files.size(file));
      }
    }
    return sizes;
  }

  @Test
  void aDirectoryWithoutAStoreIsNamedAndLeftAlone() {
    Path none = directory.resolve("none");
    assertThatThrownBy(() -> LogReader.open(none))
        .isInstanceOf(StoreOpenException.class)
        .hasMessage(
            "There is no event store in "
                + none
                + ": name the data directory of a Confab that has run.");
    assertThat(none).doesNotExist();
  }

  @Test
  void timesAreFoundThoughTheyFallNowAndThen() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<Long> times = new ArrayList<>();
    try (RocksDbEventStorageEngine engine = open()) {
      for (int i = 0; i < 500; i++) {
        times.add(1_000L + 10 * i - random.nextInt(random.nextInt(10) == 0 ? 900 : 15));
      }
      engine.appendEvents(
          IntStream.range(0, times.size()).mapToObj(i -> at(i, times.get(i))).toList());
      try (LogReader reader = LogReader.open(directory)) {
        for (DurableLog log : List.of(engine, reader)) {
          for (int i = 0; i < 300; i++) {
            checkTimes(log, times, random.nextInt(7_000), random.nextInt(510), seed);
          }
          assertThat(log.indexAt(Instant.MAX)).isEqualTo(500);
          assertThat(log.indexAt(Instant.MIN)).isEqualTo(0);
          assertThat(log.passNewer(0, Instant.MAX)).isEqualTo(0);
          assertThat(log.readLog(7, 1).get(0).timestamp()).isEqualTo(times.get(7));
        }
      }
    }
  }

  private static void checkTimes(DurableLog log, List<Long> times, long time, int from, long seed) {
    Instant instant = Instant.ofEpochMilli(time);
    int first = 0;
    while (first < times.size() && times.get(first) < time) {
      first++;
    }
    assertThat(log.indexAt(instant)).as("seed %s", seed).isEqualTo(first);
    long passed = log.passNewer(from, instant);
    assertThat(passed).as("seed %s", seed).isGreaterThanOrEqualTo(from);
    for (int i = from; i < passed; i++) {
      assertThat(times.get(i)).as("seed %s, index %s", seed, i).isGreaterThanOrEqualTo(time);
    }
    if (passed < times.size()) {
      long highest = times.subList(0, (int) passed).stream().mapToLong(t -> t).max().orElse(-1);
      assertThat(times.get((int) passed))
          .as("seed %s: what is surely newer is passed", seed)
          .satisfiesAnyOf(
              at -> assertThat(at).isLessThan(time),
              at -> assertThat(at).isLessThanOrEqualTo(highest));
    }
  }

  private static DomainEventMessage<EventEnvelope> at(long sequence, long millis) {
    return new GenericDomainEventMessage<>(
        "Conversation",
        "c-1",
        sequence,
        new EventEnvelope(
            "c-1",
            sequence,
            Instant.ofEpochMilli(millis),
            "alice",
            new MessageSent(sequence + 1, MessageContent.of("hello"))));
  }

  private RocksDbEventStorageEngine open() {
    return RocksDbEventStorageEngine.open(
        directory, Conversations.serializer(), StoreSettings.DEFAULT);
  }
}
