package io.confab.standalone;

import io.confab.command.store.DurableLog;
import io.confab.command.store.LogEntry;
import io.confab.events.EncodedEvent;
import io.confab.query.EventReplay;
import io.confab.standalone.replay.LogCursor;
import io.confab.standalone.replay.Selection;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Replays the local log in chunks, up to the head at which the replay was opened. */
final class LogReplay implements EventReplay {
  private final DurableLog log;

  LogReplay(DurableLog log) {
    this.log = log;
  }

  @Override
  public Replay open(@Nullable Instant since, @Nullable Instant until) {
    return new Reading(LogCursor.open(log, Selection.between(since, until)));
  }

  private static final class Reading implements Replay {
    private final LogCursor cursor;
    private final Deque<LogEntry> chunk = new ArrayDeque<>();

    Reading(LogCursor cursor) {
      this.cursor = cursor;
    }

    @Override
    public @Nullable EncodedEvent next() {
      while (chunk.isEmpty() && !cursor.atEnd()) {
        chunk.addAll(cursor.read());
      }
      LogEntry entry = chunk.poll();
      return entry == null ? null : entry.event();
    }

    @Override
    public void close() {
      chunk.clear();
    }
  }
}
