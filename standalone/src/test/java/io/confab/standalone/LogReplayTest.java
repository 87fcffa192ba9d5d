package io.confab.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.EncodedEvent;
import io.confab.query.EventReplay.Replay;
import io.confab.standalone.replay.TestStore;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogReplayTest {
  @TempDir private Path directory;
  private TestStore store;

  @BeforeEach
  void open() {
    store = TestStore.in(directory).append(2_000, 10);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private byte[] replay(@Nullable Instant since, @Nullable Instant until) {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    try (Replay replay = new LogReplay(store.engine()).open(since, until)) {
      for (EncodedEvent event; (event = replay.next()) != null; ) {
        lines.writeBytes(event.envelope());
        lines.write('\n');
      }
    }
    return lines.toByteArray();
  }

  @Test
  void theRangeIsExactThoughSomeEventsAreLate() {
    Instant since = TestStore.START.plusSeconds(700);
    Instant until = TestStore.START.plusSeconds(1_270); // late ones are in the next chunk too
    assertThat(replay(null, null)).isEqualTo(store.lines());
    assertThat(replay(since, null)).isEqualTo(store.lines(e -> !e.at().isBefore(since)));
    assertThat(replay(null, until)).isEqualTo(store.lines(e -> e.at().isBefore(until)));
    assertThat(replay(since, until))
        .isEqualTo(store.lines(e -> !e.at().isBefore(since) && e.at().isBefore(until)));
    Instant between = since.plusNanos(1);
    assertThat(replay(between, null)).isEqualTo(store.lines(e -> !e.at().isBefore(between)));
    assertThat(replay(null, between)).isEqualTo(store.lines(e -> e.at().isBefore(between)));
    assertThat(replay(Instant.MAX, null)).isEmpty();
    assertThat(replay(Instant.MIN, Instant.MAX)).isEqualTo(store.lines());
  }

  @Test
  void endsWhereTheLogEndedWhenItWasOpened() {
    byte[] before = store.lines();
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    try (Replay replay = new LogReplay(store.engine()).open(null, null)) {
      store.append(1_000, 10);
      for (EncodedEvent event; (event = replay.next()) != null; ) {
        lines.writeBytes(event.envelope());
        lines.write('\n');
      }
    }
    assertThat(lines.toByteArray()).isEqualTo(before);
  }
}
