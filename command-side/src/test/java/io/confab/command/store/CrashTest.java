package io.confab.command.store;

import static io.confab.command.store.Conversations.messages;
import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.EncodedEvent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a crash leaves is a prefix: the write-ahead log is cut at random bytes, with and without
 * zeros behind the cut, and the store opened again.
 */
class CrashTest {
  /** Above all sequences here. */
  private static final long ALL = Long.MAX_VALUE;

  private static final int WRITES = 40;
  private static final int CUTS = 40;

  @TempDir Path directory;
  @TempDir Path copies;

  /** A batch that was acknowledged when the write-ahead log was {@code logEnd} bytes long. */
  private record Acknowledged(List<String> places, long logEnd) {}

  @Test
  @Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
  void leavesAPrefixOfWholeBatchesAndAllThatWasAcknowledged() throws IOException {
    long seed = new Random().nextLong();
    System.out.println("CrashTest seed " + seed);
    Random random = new Random(seed);
    List<Acknowledged> history = write(random);
    Path log = newestLog(directory);
    long length = Files.size(log);
    assertThat(history.get(history.size() - 1).logEnd()).isEqualTo(length);

    for (int cut = 0; cut < CUTS; cut++) {
      Path copy = copies.resolve("cut-" + cut);
      copy(directory, copy);
      long end = random.nextLong(length + 1);
      tear(newestLog(copy), end, random);
      check(copy, history, end, "seed " + seed + ", cut " + cut + " at " + end);
    }
  }

  /** Writes of several batches each, all in one write-ahead log. */
  private List<Acknowledged> write(Random random) throws IOException {
    List<Acknowledged> history = new ArrayList<>();
    Map<String, Integer> next = new HashMap<>();
    FaultyDatabase database = new FaultyDatabase(directory);
    try (RocksDbEventStorageEngine engine = open(directory, database)) {
      Path log = newestLog(directory);
      for (int i = 0; i < WRITES; i++) {
        List<List<String>> batches = new ArrayList<>();
        List<CompletableFuture<Void>> appends = new ArrayList<>();
        database.stall();
        for (int batch = 1 + random.nextInt(4); batch > 0; batch--) {
          String conversation = "c" + random.nextInt(5);
          int count = 1 + random.nextInt(4);
          int first = next.merge(conversation, count, Integer::sum) - count;
          batches.add(
              messages(conversation, first, count).stream()
                  .map(m -> StoredEvent.place(m.getAggregateIdentifier(), m.getSequenceNumber()))
                  .toList());
          appends.add(engine.enqueue(messages(conversation, first, count), engine.epoch()));
        }
        database.resume();
        appends.forEach(CompletableFuture::join);
        long end = Files.size(log);
        batches.forEach(batch -> history.add(new Acknowledged(batch, end)));
      }
    }
    return history;
  }

  private static void tear(Path log, long end, Random random) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
      file.setLength(end);
      if (random.nextBoolean()) { // a file system may have made room that was not written to
        file.setLength(end + random.nextInt(5_000));
      }
    }
  }

  private static void check(Path copy, List<Acknowledged> history, long end, String where) {
    List<String> left;
    try (RocksDbEventStorageEngine engine = open(copy, new FaultyDatabase(copy))) {
      left = places(engine);
      assertConsistent(engine, where);
      engine.appendEvents(messages("after", 0, 3));
    }
    List<String> expected = new ArrayList<>();
    int batches = 0;
    while (expected.size() < left.size()) {
      expected.addAll(history.get(batches++).places());
    }
    assertThat(left).as(where).isEqualTo(expected);
    long acknowledged = history.stream().filter(batch -> batch.logEnd() <= end).count();
    assertThat((long) batches).as(where).isGreaterThanOrEqualTo(acknowledged);
    try (RocksDbEventStorageEngine engine = open(copy, new FaultyDatabase(copy))) {
      expected.addAll(List.of("after@0", "after@1", "after@2"));
      assertThat(places(engine)).as(where).isEqualTo(expected);
      assertConsistent(engine, where);
    }
  }

  /**
   * Every index leads to an event and every event is in the log, in the order of its sequence; what
   * was sent is found, and what is not there is not.
   */
  private static void assertConsistent(RocksDbEventStorageEngine engine, String where) {
    Map<String, Long> heads = new HashMap<>();
    for (LogEntry entry : engine.readLog(0, Integer.MAX_VALUE)) {
      EncodedEvent event = entry.event();
      assertThat(event.sequence())
          .as(where)
          .isEqualTo(heads.getOrDefault(event.conversation(), -1L) + 1);
      assertThat(Conversations.body(event.envelope()))
          .isEqualTo(StoredEvent.place(event.conversation(), event.sequence()));
      assertThat(sent(engine, event.conversation(), event.sequence()))
          .as(where)
          .isEqualTo(event.sequence());
      heads.put(event.conversation(), event.sequence());
    }
    heads.forEach(
        (conversation, head) -> {
          assertThat(engine.head(conversation)).as(where).isEqualTo(head);
          for (long lost = head + 1; lost < WRITES; lost++) {
            assertThat(sent(engine, conversation, lost)).as(where).isEqualTo(-1);
          }
          assertThat(engine.read(conversation, 0, Integer.MAX_VALUE)).hasSize((int) (head + 1));
        });
  }

  private static long sent(RocksDbEventStorageEngine engine, String conversation, long sequence) {
    return engine.sent(conversation, ALL, "alice", Conversations.clientMessageId(sequence));
  }

  private static List<String> places(RocksDbEventStorageEngine engine) {
    List<String> places = new ArrayList<>();
    for (LogEntry entry : engine.readLog(0, Integer.MAX_VALUE)) {
      assertThat(entry.index()).isEqualTo(places.size());
      places.add(StoredEvent.place(entry.event().conversation(), entry.event().sequence()));
    }
    assertThat(engine.durableIndex()).isEqualTo(places.size() - 1);
    return places;
  }

  private static RocksDbEventStorageEngine open(Path directory, FaultyDatabase database) {
    return RocksDbEventStorageEngine.open(
        directory,
        Conversations.serializer(),
        StoreSettings.DEFAULT,
        new SimpleMeterRegistry(),
        database);
  }

  private static Path newestLog(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.getFileName().toString().matches("\\d+\\.log"))
          .max(Comparator.naturalOrder())
          .orElseThrow();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }
}
