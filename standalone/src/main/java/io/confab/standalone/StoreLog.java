package io.confab.standalone;

import io.confab.command.store.LogEntry;
import io.confab.command.store.RocksDbEventStorageEngine;
import io.confab.events.EncodedEvent;
import io.confab.kafka.MirroredLog;
import java.time.Duration;
import java.util.List;

/** The local store's log, for the mirror. */
final class StoreLog implements MirroredLog {
  private final RocksDbEventStorageEngine store;

  StoreLog(RocksDbEventStorageEngine store) {
    this.store = store;
  }

  @Override
  public long last() {
    return store.durableIndex();
  }

  @Override
  public List<EncodedEvent> read(long from, int limit) {
    return store.readLog(from, limit).stream().map(LogEntry::event).toList();
  }

  @Override
  public boolean await(long beyond, Duration patience) throws InterruptedException {
    return store.awaitDurable(beyond, patience);
  }
}
