package io.confab.command.store;

import io.confab.command.store.RecentEvents.Entry;
import io.confab.events.CommandRejected;
import io.confab.events.EventEnvelope;
import io.confab.events.RejectionCode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.serialization.Serializer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The column families on disk, their keys and values, and how RocksDB is opened. Knows nothing of
 * epochs and queues.
 *
 * <p>Any number of threads read; one opens and writes. Opening again replaces what was open without
 * a reader noticing more than a wait.
 */
class EventDatabase implements AutoCloseable {
  static final byte END_OF_NAME = 0;

  /** Every file is open from the start: what another process deletes can still be read. */
  static final int ALL_FILES = -1;

  private static final long MIB = 1 << 20;

  /** How many entries of the log are looked at before others get their turn. */
  private static final int LOOK = 10_000;

  private static final byte[] EVENTS = "events".getBytes(StandardCharsets.UTF_8);
  private static final byte[] LOG = "log".getBytes(StandardCharsets.UTF_8);
  private static final byte[] SNAPSHOTS = "snapshots".getBytes(StandardCharsets.UTF_8);
  private static final byte[] SENDS = "sends".getBytes(StandardCharsets.UTF_8);
  private static final byte[] MARKS = "marks".getBytes(StandardCharsets.UTF_8);
  private static final byte[] NOTHING = {};

  /**
   * An event on its way to the disk: what to write under which key.
   *
   * @param index null where the event has no key of its own
   */
  @SuppressWarnings("ArrayRecordComponent") // moved, never compared
  record Append(StoredEvent event, byte[] key, byte[] record, @Nullable IndexKey index) {
    static Append of(EventMessage<?> message, Serializer serializer) {
      StoredEvent event = StoredEvent.of(message, serializer);
      return new Append(
          event,
          eventKey(event.aggregate(), event.sequence()),
          event.encode(),
          message.getPayload() instanceof EventEnvelope envelope ? IndexKey.of(envelope) : null);
    }

    long bytes() {
      return key.length + record.length + (index == null ? 0 : index.key().length);
    }
  }

  /** RocksDB while it is open. */
  private record Handle(RocksDB db, List<ColumnFamilyHandle> families, boolean writable)
      implements AutoCloseable {
    ColumnFamilyHandle events() {
      return families.get(1);
    }

    ColumnFamilyHandle log() {
      return families.get(2);
    }

    ColumnFamilyHandle snapshots() {
      return families.get(3);
    }

    ColumnFamilyHandle sends() {
      return families.get(4);
    }

    ColumnFamilyHandle marks() {
      return families.get(5);
    }

    @Override
    public void close() {
      families.forEach(ColumnFamilyHandle::close);
      db.close();
    }
  }

  private interface Access<T extends @Nullable Object> {
    T on(Handle handle) throws RocksDBException;
  }

  static {
    RocksDB.loadLibrary();
  }

  private final Path directory;
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private @Nullable Handle handle;

  private final Cache cache;
  private final BloomFilter filter = new BloomFilter(10);
  private final DBOptions options;
  private final ColumnFamilyOptions familyOptions;
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final WriteOptions unsynced = new WriteOptions();
  private final WriteBatch batch = new WriteBatch();

  EventDatabase(Path directory, long blockCacheBytes) {
    this(directory, blockCacheBytes, 1024);
  }

  EventDatabase(Path directory, long blockCacheBytes, int openFiles) {
    this.directory = directory;
    cache = new LRUCache(blockCacheBytes);
    options =
        new DBOptions()
            .setCreateIfMissing(true)
            .setCreateMissingColumnFamilies(true)
            .setMaxBackgroundJobs(2)
            .setMaxOpenFiles(openFiles)
            // a crash may tear what was not synced; what lies before the tear is whole
            .setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery)
            // what an open() has recovered is in synced files: see there
            .setAvoidFlushDuringRecovery(false)
            // bounds how long a start takes
            .setMaxTotalWalSize(64 * MIB)
            .setBytesPerSync(MIB)
            .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
            .setKeepLogFileNum(4)
            .setStatsDumpPeriodSec(0);
    familyOptions = familyOptions();
  }

  private ColumnFamilyOptions familyOptions() {
    return new ColumnFamilyOptions()
        // Larger ones cost more at each insert (cache misses), and more at once when they are
        // flushed.
        .setWriteBufferSize(16 * MIB)
        .setLevelCompactionDynamicLevelBytes(true)
        .setCompressionType(CompressionType.NO_COMPRESSION)
        .setBottommostCompressionType(CompressionType.LZ4_COMPRESSION)
        .setTableFormatConfig(
            new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setBlockSize(16 * 1024)
                .setCacheIndexAndFilterBlocks(true)
                .setPinL0FilterAndIndexBlocksInCache(true)
                .setFilterPolicy(filter));
  }

  /**
   * Opens for reading and writing. What the write-ahead log holds is by then in synced files, also
   * where its own sync had failed.
   */
  final void open() throws RocksDBException {
    Handle present = handle;
    if (present != null && present.writable()) {
      replace(null); // only one can hold the directory for writing
    }
    replace(open(true));
  }

  /**
   * Closes what is open and opens for reading alone: shows what a start would find, and writes
   * nothing, so that it also works on a full disk.
   */
  final void openReadOnly() throws RocksDBException {
    replace(null);
    replace(open(false));
  }

  private Handle open(boolean writable) throws RocksDBException {
    List<ColumnFamilyDescriptor> descriptors =
        List.of(
            new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, familyOptions),
            new ColumnFamilyDescriptor(EVENTS, familyOptions),
            new ColumnFamilyDescriptor(LOG, familyOptions),
            new ColumnFamilyDescriptor(SNAPSHOTS, familyOptions),
            new ColumnFamilyDescriptor(SENDS, familyOptions),
            new ColumnFamilyDescriptor(MARKS, familyOptions));
    List<ColumnFamilyHandle> families = new ArrayList<>();
    return new Handle(openRocks(writable, descriptors, families), families, writable);
  }

  /** Overridden where a test has the disk fail. */
  RocksDB openRocks(
      boolean writable, List<ColumnFamilyDescriptor> descriptors, List<ColumnFamilyHandle> families)
      throws RocksDBException {
    String path = directory.toString();
    return writable
        ? RocksDB.open(options, path, descriptors, families)
        : RocksDB.openReadOnly(options, path, descriptors, families);
  }

  private void replace(@Nullable Handle next) {
    lock.writeLock().lock();
    try {
      if (handle != null) {
        handle.close();
      }
      handle = next;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Closes what is open; whoever reads or writes from then on is refused. */
  @Override
  public void close() {
    replace(null);
    batch.close();
    synced.close();
    unsynced.close();
    options.close();
    familyOptions.close();
    filter.close();
    cache.close();
  }

  /**
   * Writes the events with the indexes {@code firstIndex}, {@code firstIndex + 1}, … as a whole,
   * and syncs. Where this throws, the outcome is unknown.
   *
   * @param latest the highest timestamp in the log before these
   */
  final void append(List<Append> events, long firstIndex, long latest) throws RocksDBException {
    batch.clear();
    Handle open = openHandle();
    long index = firstIndex;
    for (Append append : events) {
      StoredEvent event = append.event();
      latest = Math.max(latest, event.timestamp());
      StoredEvent.putIndex(append.record(), index);
      batch.put(open.events(), append.key(), append.record());
      batch.put(open.log(), bigEndian(index), logValue(latest, append.key()));
      IndexKey key = append.index();
      if (key != null) {
        switch (key.family()) {
          case SENDS -> batch.put(open.sends(), key.key(), bigEndian(event.sequence()));
          case MARKS -> batch.put(open.marks(), key.key(), NOTHING);
        }
      }
      index++;
    }
    write(open.db(), synced, batch);
  }

  /** Overridden where a test has the disk fail. */
  void write(RocksDB db, WriteOptions sync, WriteBatch events) throws RocksDBException {
    db.write(sync, events);
  }

  /** The last index of the log, or -1 where it is empty. */
  final long lastIndex() {
    return use(
        open -> {
          try (RocksIterator log = open.db().newIterator(open.log())) {
            log.seekToLast();
            if (!log.isValid()) {
              log.status();
              return -1L;
            }
            return ByteBuffer.wrap(log.key()).getLong();
          }
        });
  }

  /** The highest timestamp up to that index; smallest of all before the first. */
  final long latest(long index) {
    if (index < 0) {
      return Long.MIN_VALUE;
    }
    byte[] value = use(open -> open.db().get(open.log(), bigEndian(index)));
    if (value == null) {
      throw missing(index);
    }
    return ByteBuffer.wrap(value).getLong();
  }

  private static IllegalStateException missing(long index) {
    return new IllegalStateException("index " + index + " is missing from the log");
  }

  /** See {@link DurableLog#indexAt}; of the log up to {@code last}. */
  final long indexAt(Instant time, long last) {
    long wanted = millis(time);
    long low = 0;
    long high = last + 1;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (latest(middle) >= wanted) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** See {@link DurableLog#passNewer}; of the log up to {@code last}. */
  final long passNewer(long from, Instant time, long last) {
    long wanted = millis(time);
    long before = latest(Math.min(from, last + 1) - 1);
    return use(
        open -> {
          long index = from;
          long highest = before;
          try (RocksIterator log = open.db().newIterator(open.log())) {
            for (log.seek(bigEndian(from));
                log.isValid() && index <= last && index < from + LOOK;
                log.next()) {
              long latest = ByteBuffer.wrap(log.value()).getLong();
              if (latest < wanted || latest == highest) {
                return index; // older, or not seen to be the highest so far
              }
              highest = latest;
              index++;
            }
            log.status();
          }
          return index;
        });
  }

  /** To the millisecond, and as near as there is one where it is too far away to count. */
  private static long millis(Instant time) {
    try {
      return time.toEpochMilli();
    } catch (ArithmeticException e) {
      return time.getEpochSecond() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
  }

  /** The sequence of the aggregate's last event with an index up to {@code durable}, or -1. */
  final long lastSequence(String aggregate, long durable) {
    byte[] last = eventKey(aggregate, Long.MAX_VALUE);
    return use(
        open -> {
          try (RocksIterator events = open.db().newIterator(open.events())) {
            for (events.seekForPrev(last); events.isValid(); events.prev()) {
              byte[] key = events.key();
              if (!sameAggregate(key, last)) {
                return -1L;
              }
              if (StoredEvent.index(events.value()) <= durable) {
                return sequence(key);
              }
            }
            events.status();
            return -1L;
          }
        });
  }

  /** At most {@code limit} consecutive events of an aggregate with an index up to durable. */
  final List<StoredEvent> events(String aggregate, long from, int limit, long durable) {
    byte[] first = eventKey(aggregate, from);
    return use(
        open -> {
          List<StoredEvent> found = new ArrayList<>();
          try (RocksIterator events = open.db().newIterator(open.events())) {
            for (events.seek(first); found.size() < limit && events.isValid(); events.next()) {
              byte[] key = events.key();
              byte[] record = events.value();
              if (!sameAggregate(key, first) || StoredEvent.index(record) > durable) {
                return found;
              }
              found.add(StoredEvent.decode(aggregate, sequence(key), record));
            }
            events.status();
          }
          return found;
        });
  }

  /**
   * The sequence of what was sent with that id, also where it is not known to be durable; or -1.
   */
  final long sent(String conversation, String sender, String clientMessageId) {
    byte[] key = IndexKey.send(conversation, sender, clientMessageId);
    byte[] sequence = use(open -> open.db().get(open.sends(), key));
    return sequence == null ? -1 : ByteBuffer.wrap(sequence).getLong();
  }

  /** The sequences up to {@code last} of what was done to the message, in their order. */
  final List<Long> marks(String conversation, long message, long last) {
    byte[] first = IndexKey.mark(conversation, message, 0);
    int prefix = first.length - Long.BYTES;
    return use(
        open -> {
          List<Long> sequences = new ArrayList<>();
          try (RocksIterator marks = open.db().newIterator(open.marks())) {
            for (marks.seek(first); marks.isValid(); marks.next()) {
              byte[] key = marks.key();
              if (key.length != first.length
                  || !Arrays.equals(key, 0, prefix, first, 0, prefix)
                  || sequence(key) > last) {
                return sequences;
              }
              sequences.add(sequence(key));
            }
            marks.status();
          }
          return sequences;
        });
  }

  /** The events with the indexes {@code from} to {@code to}, both included. */
  final List<Entry> log(long from, long to) {
    return use(
        open -> {
          List<byte[]> keys = new ArrayList<>();
          try (RocksIterator log = open.db().newIterator(open.log())) {
            for (log.seek(bigEndian(from)); log.isValid() && keys.size() <= to - from; log.next()) {
              if (ByteBuffer.wrap(log.key()).getLong() != from + keys.size()) {
                throw missing(from + keys.size());
              }
              byte[] value = log.value();
              keys.add(Arrays.copyOfRange(value, Long.BYTES, value.length));
            }
            log.status();
          }
          List<byte[]> records =
              open.db().multiGetAsList(Collections.nCopies(keys.size(), open.events()), keys);
          List<Entry> entries = new ArrayList<>(keys.size());
          for (int i = 0; i < keys.size(); i++) {
            byte[] key = keys.get(i);
            byte[] record = records.get(i);
            if (record == null || StoredEvent.index(record) != from + i) {
              throw new IllegalStateException("index " + (from + i) + " leads to no event");
            }
            entries.add(
                new Entry(from + i, StoredEvent.decode(aggregate(key), sequence(key), record)));
          }
          return entries;
        });
  }

  /** Keeps the snapshot in place of an older one. Not synced: a snapshot can be made again. */
  final synchronized void putSnapshot(StoredEvent snapshot) {
    if (snapshotSequence(snapshot.aggregate()) > snapshot.sequence()) {
      return;
    }
    byte[] record = snapshot.encode();
    byte[] value =
        ByteBuffer.allocate(Long.BYTES + record.length)
            .putLong(snapshot.sequence())
            .put(record)
            .array();
    use(
        open -> {
          if (!open.writable()) {
            throw unavailable("the event store takes no writes at the moment");
          }
          open.db().put(open.snapshots(), unsynced, name(snapshot.aggregate()), value);
          return true;
        });
  }

  /** The sequence of the aggregate's snapshot, or -1. Reads no more of it than that. */
  private long snapshotSequence(String aggregate) {
    byte[] head = new byte[Long.BYTES];
    int size = use(open -> open.db().get(open.snapshots(), name(aggregate), head));
    return size == RocksDB.NOT_FOUND ? -1 : ByteBuffer.wrap(head).getLong();
  }

  /** The newest snapshot of the aggregate, or null. */
  final @Nullable StoredEvent snapshot(String aggregate) {
    byte[] value = use(open -> open.db().get(open.snapshots(), name(aggregate)));
    if (value == null) {
      return null;
    }
    long sequence = ByteBuffer.wrap(value).getLong();
    return StoredEvent.decode(
        aggregate, sequence, Arrays.copyOfRange(value, Long.BYTES, value.length));
  }

  private <T extends @Nullable Object> T use(Access<T> access) {
    lock.readLock().lock();
    try {
      return access.on(openHandle());
    } catch (RocksDBException e) {
      throw unavailable("the event store cannot be read: " + e.getMessage());
    } finally {
      lock.readLock().unlock();
    }
  }

  private Handle openHandle() {
    Handle open = handle;
    if (open == null) {
      throw unavailable("the event store is not open");
    }
    return open;
  }

  static CommandRejected unavailable(String detail) {
    return new CommandRejected(RejectionCode.UNAVAILABLE, detail, null, null);
  }

  private static byte[] eventKey(String aggregate, long sequence) {
    byte[] name = name(aggregate);
    return ByteBuffer.allocate(name.length + 1 + Long.BYTES)
        .put(name)
        .put(END_OF_NAME)
        .putLong(sequence)
        .array();
  }

  /** A name as it stands in keys. */
  static byte[] name(String name) {
    if (name.indexOf(END_OF_NAME) >= 0) {
      throw new IllegalArgumentException("an id may not hold the character 0");
    }
    return name.getBytes(StandardCharsets.UTF_8);
  }

  private static boolean sameAggregate(byte[] key, byte[] other) {
    int end = other.length - Long.BYTES;
    return key.length == other.length && Arrays.equals(key, 0, end, other, 0, end);
  }

  private static String aggregate(byte[] eventKey) {
    return new String(eventKey, 0, eventKey.length - Long.BYTES - 1, StandardCharsets.UTF_8);
  }

  private static long sequence(byte[] eventKey) {
    return ByteBuffer.wrap(eventKey).getLong(eventKey.length - Long.BYTES);
  }

  private static byte[] bigEndian(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  private static byte[] logValue(long latest, byte[] eventKey) {
    return ByteBuffer.allocate(Long.BYTES + eventKey.length).putLong(latest).put(eventKey).array();
  }
}
