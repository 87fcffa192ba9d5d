package io.confab.views;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.events.EventEnvelope;
import io.confab.views.ViewReader.View;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

class RocksDbViewStoreTest extends ViewStoreContract {

  @Override
  protected ViewStore open(Path directory) {
    return RocksDbViewStore.open(directory.resolve("views"));
  }

  @Test
  void aDirectoryThatIsHeldIsRefusedByName(@TempDir Path held) {
    try (ViewStore first = RocksDbViewStore.open(held)) {
      assertThatThrownBy(() -> RocksDbViewStore.open(held))
          .isInstanceOf(ViewStoreException.class)
          .hasMessageContaining(held.toString());
      assertThat(first.conversation("c-1")).isNull();
    }
  }

  @Test
  void aFileInTheWayIsRefusedByName(@TempDir Path parent) throws IOException {
    Path file = Files.writeString(parent.resolve("views"), "");
    assertThatThrownBy(() -> RocksDbViewStore.open(file))
        .isInstanceOf(ViewStoreException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void generationsThatAreNotLiveAreRemovedAtTheNextStart(@TempDir Path where) throws Exception {
    List<EventEnvelope> log = new EventGenerator(1, 3, 5).next(200);
    try (ViewStore views = RocksDbViewStore.open(where)) {
      for (View view : View.values()) {
        views.live(view).apply(log, 199);
      }
      assertThat(families(where)).contains("history-1", "conversations-1", "markers");
      ViewStore.Rebuild rebuild = views.rebuild(View.HISTORY);
      rebuild.apply(log, 199);
      rebuild.switchOver();
      views.rebuild(View.HISTORY).apply(log.subList(0, 100), 99);
      views.rebuild(View.CONVERSATIONS).apply(log.subList(0, 100), 99);
    }
    RocksDbViewStore.open(where).close();
    assertThat(families(where))
        .containsExactlyInAnyOrder("default", "markers", "history-2", "conversations-1");
  }

  @Test
  void viewsOfTheFirstFormatAreBuiltAgainAndMarkersStay(@TempDir Path where) throws Exception {
    List<EventEnvelope> log = new EventGenerator(1, 3, 5).next(200);
    ReadMarker marker = new ReadMarker(5, 3, 1);
    try (ViewStore views = RocksDbViewStore.open(where)) {
      for (View view : View.values()) {
        views.live(view).apply(log, 199);
      }
      views.advance("c-1", "u1", marker);
    }
    Database database = Database.open(where, 1 << 20);
    RocksDB db = database.markers().db();
    byte[] records = {'l'};
    for (byte[] key :
        new Family(db, db.getDefaultColumnFamily())
            .ascending(records, records, 10, (key, value) -> key)) {
      byte[] first = key.clone();
      first[key.length - 1] = '1';
      db.put(first, db.get(key));
      db.delete(key);
    }
    database.close();
    try (ViewStore views = RocksDbViewStore.open(where)) {
      for (View view : View.values()) {
        assertThat(views.live(view).position()).isEqualTo(-1);
      }
      assertThat(views.readMarker("c-1", "u1")).isEqualTo(marker);
    }
    assertThat(families(where))
        .containsExactlyInAnyOrder("default", "markers", "history-2", "conversations-2");
  }

  /** As the first format wrote it: without the user's own messages. */
  @Test
  void aMarkerOfTheFirstFormatIsCompletedFromTheView(@TempDir Path where) throws Exception {
    List<EventEnvelope> log = new EventGenerator(1, 1, 3).next(200);
    ViewModel model = new ViewModel();
    model.add(log);
    ReadMarker marker = model.marker("c-0", "u1", 100);
    assertThat(marker.own()).isPositive();
    Database database = Database.open(where, 1 << 20);
    database
        .markers()
        .db()
        .put(
            database.markers().handle(),
            Key.in('r', "c-0").last("u1").bytes(),
            new BinaryWriter().number(marker.upTo() + 1).number(marker.ordinal()).bytes());
    database.close();
    try (ViewStore views = RocksDbViewStore.open(where)) {
      for (View view : View.values()) {
        views.live(view).apply(log, 199);
      }
      assertThat(views.readMarker("c-0", "u1")).isEqualTo(marker);
      assertThat(views.advance("c-0", "u1", model.marker("c-0", "u1", 50))).isEqualTo(marker);
      model.assertSame(views);
      ReadMarker further = model.marker("c-0", "u1", 150);
      assertThat(views.advance("c-0", "u1", further)).isEqualTo(further);
      assertThat(views.readMarker("c-0", "u1")).isEqualTo(further);
    }
  }

  private static List<String> families(Path where) throws Exception {
    try (Options options = new Options()) {
      return RocksDB.listColumnFamilies(options, where.toString()).stream()
          .map(name -> new String(name, StandardCharsets.US_ASCII))
          .toList();
    }
  }

  /**
   * What a power cut leaves is any prefix of RocksDB's log: cut it at random bytes, and see each
   * view whole up to its own position, and equal to a recount once the rest has come again.
   */
  @Test
  void anyPrefixOfTheLogOnDiskIsAConsistentView(@TempDir Path parent) throws Exception {
    List<EventEnvelope> log = new EventGenerator(42, 5, 10).next(600);
    Path whole = parent.resolve("whole");
    try (ViewStore views = RocksDbViewStore.open(whole)) {
      for (int from = 0; from < log.size(); from += 20) {
        for (View view : View.values()) {
          views.live(view).apply(log.subList(from, from + 20), from + 19);
        }
      }
      Path running = parent.resolve("running");
      copy(whole, running);
      assertPrefix(running, log);
      Random random = new Random(42);
      for (int i = 0; i < 12; i++) {
        Path cut = parent.resolve("cut-" + i);
        copy(running, cut);
        truncate(cut, random);
        assertPrefix(cut, log);
      }
    }
  }

  private static void assertPrefix(Path directory, List<EventEnvelope> log) {
    try (ViewStore views = RocksDbViewStore.open(directory)) {
      int history = (int) views.live(View.HISTORY).position() + 1;
      int conversations = (int) views.live(View.CONVERSATIONS).position() + 1;
      assertThat(history - conversations).isBetween(0, 20);
      int to = Math.max(history, conversations);
      views.live(View.CONVERSATIONS).apply(log.subList(conversations, to), to - 1);
      ViewModel model = new ViewModel();
      model.add(log.subList(0, to));
      model.assertSame(views);
      for (View view : View.values()) {
        views.live(view).apply(log.subList(to, log.size()), log.size() - 1);
      }
      model.add(log.subList(to, log.size()));
      model.assertSame(views);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(f -> !f.endsWith("LOCK")).toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private static void truncate(Path directory, Random random) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      Path wal =
          files
              .filter(f -> f.toString().endsWith(".log"))
              .max(Comparator.naturalOrder())
              .orElseThrow();
      try (FileChannel channel = FileChannel.open(wal, StandardOpenOption.WRITE)) {
        channel.truncate((long) (channel.size() * random.nextDouble()));
      }
    }
  }
}
