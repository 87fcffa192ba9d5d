package io.confab.views;

import io.confab.views.ViewReader.View;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The RocksDB of the views and the generations in it. Native memory is used only inside {@link
 * #use}; {@link #close} and {@link #drop} wait until nobody is there.
 */
final class Database {
  private static final Logger LOG = LoggerFactory.getLogger(Database.class);
  private static final long MIB = 1 << 20;

  /** Goes up when the stored form of a view changes; views of another format are built again. */
  private static final int FORMAT = 2;

  private static final String DEFAULT = "default";
  private static final String MARKERS = "markers";

  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final WriteOptions unsynced = new WriteOptions();
  private final Map<View, Integer> lastNumber = new ConcurrentHashMap<>();
  private final Settings settings;
  private final RocksDB db;
  private final Map<String, ColumnFamilyHandle> families;
  private final Family meta;
  private final Family markers;
  private boolean closed;

  private Database(Settings settings, RocksDB db, Map<String, ColumnFamilyHandle> families) {
    this.settings = settings;
    this.db = db;
    this.families = families;
    this.meta = new Family(db, handle(DEFAULT));
    this.markers = new Family(db, handle(MARKERS));
  }

  /** Creates the directory where it is missing. Only one process may hold it open. */
  static Database open(Path directory, long cacheBytes) {
    RocksDB.loadLibrary();
    Settings settings = new Settings(cacheBytes);
    try {
      Files.createDirectories(directory);
      List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
      for (String name : familiesIn(directory)) {
        descriptors.add(settings.family(name));
      }
      List<ColumnFamilyHandle> handles = new ArrayList<>();
      RocksDB db = RocksDB.open(settings.options, directory.toString(), descriptors, handles);
      Map<String, ColumnFamilyHandle> families = new ConcurrentHashMap<>();
      for (int i = 0; i < handles.size(); i++) {
        families.put(text(descriptors.get(i).getName()), handles.get(i));
      }
      return new Database(settings, db, families);
    } catch (IOException | RocksDBException e) {
      settings.close();
      throw new ViewStoreException(
          "cannot open the views in " + directory + ": " + e.getMessage(), e);
    }
  }

  private static List<String> familiesIn(Path directory) throws RocksDBException {
    List<String> names = new ArrayList<>(List.of(DEFAULT, MARKERS));
    try (Options options = new Options()) {
      for (byte[] name : RocksDB.listColumnFamilies(options, directory.toString())) {
        if (!names.contains(text(name))) {
          names.add(text(name));
        }
      }
    }
    return names;
  }

  /**
   * The generation that was live last, or an empty one; removes all others of that view. To be
   * called once for each view, before anything else.
   */
  Generation recover(View view) {
    byte[] stored = meta.get(liveKey(view));
    int number = stored == null ? 0 : (int) HistoryRows.number(stored);
    int last = number;
    Generation live = null;
    for (String name : List.copyOf(families.keySet())) {
      if (!name.startsWith(Generation.prefix(view))) {
        continue;
      }
      int found = Integer.parseInt(name.substring(Generation.prefix(view).length()));
      last = Math.max(last, found);
      Generation generation = new Generation(view, found, new Family(db, handle(name)));
      if (found == number) {
        live = generation;
      } else {
        drop(generation);
      }
    }
    lastNumber.put(view, last);
    if (live == null) {
      live = create(view);
      makeLive(live);
    }
    return live;
  }

  Family markers() {
    return markers;
  }

  WriteOptions synced() {
    return synced;
  }

  WriteOptions unsynced() {
    return unsynced;
  }

  /** A new, empty generation. Once at a time for each view. */
  Generation create(View view) {
    int number = lastNumber.merge(view, 1, Integer::sum);
    String name = Generation.prefix(view) + number;
    try {
      ColumnFamilyHandle handle = db.createColumnFamily(settings.family(name));
      families.put(name, handle);
      return new Generation(view, number, new Family(db, handle));
    } catch (RocksDBException e) {
      throw new ViewStoreException("cannot create " + name, e);
    }
  }

  /**
   * Names the live generation, durably. The families share one log, so all that was written to the
   * generation before is durable then too.
   */
  void makeLive(Generation generation) {
    try {
      db.put(
          meta.handle(), synced, liveKey(generation.view), HistoryRows.number(generation.number));
    } catch (RocksDBException e) {
      throw new ViewStoreException("cannot switch to " + generation.name(), e);
    }
  }

  /**
   * Removes a generation and what it takes of the disk; where that fails, {@link #recover} does it
   * at the next start. Not to be called inside {@link #use}.
   */
  void drop(Generation generation) {
    lock.writeLock().lock();
    try {
      ColumnFamilyHandle handle = families.get(generation.name());
      if (!closed && handle != null) {
        db.dropColumnFamily(handle);
        families.remove(generation.name());
        handle.close();
      }
    } catch (RocksDBException e) {
      LOG.warn("cannot remove {} before the next start", generation.name(), e);
    } finally {
      lock.writeLock().unlock();
    }
  }

  /**
   * @throws ViewStoreException after {@link #close}
   */
  <T> T use(Supplier<T> work) {
    lock.readLock().lock();
    try {
      if (closed) {
        throw new ViewStoreException("the views are closed", null);
      }
      return work.get();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Makes durable what was written, and lets go of the directory. */
  void close() {
    lock.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      try {
        db.syncWal();
      } finally {
        families.values().forEach(ColumnFamilyHandle::close);
        db.close();
        synced.close();
        unsynced.close();
        settings.close();
      }
    } catch (RocksDBException e) {
      throw new ViewStoreException("cannot sync the views", e);
    } finally {
      lock.writeLock().unlock();
    }
  }

  private ColumnFamilyHandle handle(String name) {
    return Objects.requireNonNull(families.get(name), name);
  }

  /** The format is part of the key, so that one of another format is found as none. */
  private static byte[] liveKey(View view) {
    return Key.in('l', Generation.prefix(view)).last(Integer.toString(FORMAT)).bytes();
  }

  private static String text(byte[] name) {
    return new String(name, StandardCharsets.US_ASCII);
  }

  /** The options, which must outlive the database. */
  private static final class Settings {
    private final LRUCache cache;
    private final BloomFilter bloom = new BloomFilter(10);
    private final ColumnFamilyOptions family;
    private final DBOptions options;

    Settings(long cacheBytes) {
      cache = new LRUCache(cacheBytes);
      family =
          new ColumnFamilyOptions()
              .setWriteBufferSize(32 * MIB)
              .setCompressionType(CompressionType.LZ4_COMPRESSION)
              .setTableFormatConfig(
                  new BlockBasedTableConfig().setBlockCache(cache).setFilterPolicy(bloom));
      options =
          new DBOptions()
              .setCreateIfMissing(true)
              .setCreateMissingColumnFamilies(true)
              .setMaxOpenFiles(512)
              // families are flushed at different times; this bounds the log that they share
              .setMaxTotalWalSize(256 * MIB)
              .setKeepLogFileNum(4);
    }

    ColumnFamilyDescriptor family(String name) {
      return new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.US_ASCII), family);
    }

    void close() {
      options.close();
      family.close();
      bloom.close();
      cache.close();
    }
  }
}
