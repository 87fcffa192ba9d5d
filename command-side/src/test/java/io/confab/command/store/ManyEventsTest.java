package io.confab.command.store;

import static io.confab.command.store.Conversations.messages;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store of 1,000,000 events; says how long it took to open it again. */
class ManyEventsTest {
  private static final int CONVERSATIONS = 1_000;
  private static final int EVENTS = 1_000_000;
  private static final int BATCH = 100;

  @TempDir Path directory;

  @Test
  void isOpenedAgainWhole() {
    try (RocksDbEventStorageEngine engine = open()) {
      List<CompletableFuture<Void>> appends = new ArrayList<>();
      for (int first = 0; first < EVENTS / CONVERSATIONS; first += BATCH) {
        for (int i = 0; i < CONVERSATIONS; i++) {
          appends.add(engine.enqueue(messages("c" + i, first, BATCH), engine.epoch()));
        }
        appends.forEach(CompletableFuture::join);
        appends.clear();
      }
    }
    Instant start = Instant.now();
    try (RocksDbEventStorageEngine engine = open()) {
      System.out.println(
          "ManyEventsTest opened "
              + EVENTS
              + " events in "
              + Duration.between(start, Instant.now()));
      assertThat(engine.durableIndex()).isEqualTo(EVENTS - 1);
      for (int i = 0; i < CONVERSATIONS; i += 37) {
        assertThat(engine.head("c" + i)).isEqualTo(EVENTS / CONVERSATIONS - 1);
        assertThat(Conversations.body(engine.read("c" + i, 500, 1).get(0).envelope()))
            .isEqualTo("c" + i + "@500");
      }
      for (int index = 0; index < EVENTS; index += 99_999) {
        LogEntry entry = engine.readLog(index, 1).get(0);
        assertThat(entry.index()).isEqualTo(index);
        assertThat(
                engine
                    .read(entry.event().conversation(), entry.event().sequence(), 1)
                    .get(0)
                    .envelope())
            .isEqualTo(entry.event().envelope());
      }
      engine.appendEvents(messages("c0", EVENTS / CONVERSATIONS, 1));
      assertThat(engine.durableIndex()).isEqualTo(EVENTS);
    }
  }

  private RocksDbEventStorageEngine open() {
    return RocksDbEventStorageEngine.open(
        directory, Conversations.serializer(), StoreSettings.DEFAULT);
  }
}
