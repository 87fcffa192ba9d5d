package io.confab.command.store;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** A database whose writes can be held up, and can fail before or after the bytes are there. */
final class FaultyDatabase extends EventDatabase {
  private final Semaphore gate = new Semaphore(1);
  private boolean stalled;

  /** How many writes fail before anything is written. */
  final AtomicInteger failBefore = new AtomicInteger();

  /** How many writes fail after all was written, as when a sync fails. */
  final AtomicInteger failAfter = new AtomicInteger();

  /** How often opening fails, for reading as for writing. */
  final AtomicInteger failReadOnly = new AtomicInteger();

  final AtomicInteger failOpen = new AtomicInteger();

  /** A permit for each attempt to open for writing. */
  final Semaphore openAttempts = new Semaphore(0);

  /** Where set, opened in place of the directory: a disk that has lost everything. */
  volatile @Nullable Path lost;

  FaultyDatabase(Path directory) {
    super(directory, 8 << 20);
  }

  synchronized void stall() {
    if (!stalled) {
      gate.acquireUninterruptibly();
      stalled = true;
    }
  }

  synchronized void resume() {
    if (stalled) {
      gate.release();
      stalled = false;
    }
  }

  @Override
  void write(RocksDB db, WriteOptions sync, WriteBatch events) throws RocksDBException {
    if (!sync.sync()) {
      throw new AssertionError("events are written without a sync");
    }
    gate.acquireUninterruptibly();
    try {
      fail(failBefore, "the write failed");
      super.write(db, sync, events);
      fail(failAfter, "the sync failed");
    } finally {
      gate.release();
    }
  }

  @Override
  RocksDB openRocks(
      boolean writable, List<ColumnFamilyDescriptor> descriptors, List<ColumnFamilyHandle> families)
      throws RocksDBException {
    if (writable) {
      openAttempts.release();
    }
    fail(writable ? failOpen : failReadOnly, "no room");
    return lost == null
        ? super.openRocks(writable, descriptors, families)
        : RocksDB.open(
            new DBOptions().setCreateIfMissing(true).setCreateMissingColumnFamilies(true),
            lost.toString(),
            descriptors,
            families);
  }

  private static void fail(AtomicInteger times, String message) throws RocksDBException {
    if (times.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      throw new RocksDBException(
          message, new Status(Status.Code.IOError, Status.SubCode.NoSpace, message));
    }
  }
}
