package io.confab.standalone;

import io.confab.command.store.LogEntry;
import io.confab.command.store.RocksDbEventStorageEngine;
import io.confab.events.EncodedEvent;
import io.confab.query.EventReplay;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Replays the local log in chunks, up to the head at which the replay was opened. */
final class LogReplay implements EventReplay {
  private static final int CHUNK = 256;

  private final RocksDbEventStorageEngine store;

  LogReplay(RocksDbEventStorageEngine store) {
    this.store = store;
  }

  @Override
  public Replay open(@Nullable Instant since) {
    return new Reading(since == null ? 0 : store.indexAt(since), store.durableIndex());
  }

  private final class Reading implements Replay {
    private final long head;
    private final Deque<LogEntry> chunk = new ArrayDeque<>();
    private long next;

    Reading(long from, long head) {
      this.next = from;
      this.head = head;
    }

    @Override
    public @Nullable EncodedEvent next() {
      if (chunk.isEmpty() && next <= head) {
        List<LogEntry> read = store.readLog(next, (int) Math.min(CHUNK, head - next + 1));
        chunk.addAll(read);
      }
      LogEntry entry = chunk.poll();
      if (entry == null) {
        return null;
      }
      next = entry.index() + 1;
      return entry.event();
    }

    @Override
    public void close() {
      chunk.clear();
    }
  }
}
