package io.confab.command.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The newest events of the log in memory, so that those who follow it do not each read them from
 * the disk. One thread appends, in order of index; many read.
 */
final class RecentEvents {
  /** What an event costs in memory beside its payload, roughly. */
  private static final long OVERHEAD = 300;

  /** An event with its index. */
  record Entry(long index, StoredEvent event) {
    /** As others see it. */
    LogEntry logged() {
      return new LogEntry(index, event.timestamp(), event.encoded());
    }

    private long bytes() {
      byte[] metaData = event.metaData();
      return OVERHEAD + event.payload().length + (metaData == null ? 0 : metaData.length);
    }
  }

  private final long bound;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Entry[] ring = new Entry[1024];
  private long first;
  private long end;
  private long bytes;

  /**
   * @param next the index of the first event that will be appended
   * @param bound in bytes
   */
  RecentEvents(long next, long bound) {
    this.first = next;
    this.end = next;
    this.bound = bound;
  }

  /** Appends events whose indexes go on where the last ended. */
  void append(List<Entry> entries) {
    lock.lock();
    try {
      for (Entry entry : entries) {
        if (entry.index() != end) {
          throw new IllegalStateException("index " + entry.index() + " follows " + (end - 1));
        }
        if (end - first == ring.length) {
          grow();
        }
        ring[slot(end++)] = entry;
        bytes += entry.bytes();
      }
      while (bytes > bound) {
        int slot = slot(first++);
        bytes -= held(slot).bytes();
        ring[slot] = null;
      }
    } finally {
      lock.unlock();
    }
  }

  /** At most {@code limit} events from {@code from} on; null where those are no longer held. */
  @Nullable List<Entry> read(long from, int limit) {
    lock.lock();
    try {
      if (from < first) {
        return null;
      }
      int count = (int) Math.max(0, Math.min(limit, end - from));
      List<Entry> entries = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        entries.add(held(slot(from + i)));
      }
      return entries;
    } finally {
      lock.unlock();
    }
  }

  private void grow() {
    @Nullable Entry[] larger = new Entry[2 * ring.length];
    for (long index = first; index < end; index++) {
      larger[(int) (index & larger.length - 1)] = ring[slot(index)];
    }
    ring = larger;
  }

  private int slot(long index) {
    return (int) (index & ring.length - 1);
  }

  private Entry held(int slot) {
    Entry entry = ring[slot];
    if (entry == null) {
      throw new IllegalStateException("slot " + slot + " of " + ring.length + " is empty");
    }
    return entry;
  }
}
