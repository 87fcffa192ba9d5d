package io.confab.views;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;

/** Reads one column family, each answer from one state of it, and writes into batches for it. */
record Family(RocksDB db, ColumnFamilyHandle handle) {

  /** What a row reads as. */
  interface Row<T> {
    T read(byte[] key, byte[] value);
  }

  byte @Nullable [] get(byte[] key) {
    try {
      return db.get(handle, key);
    } catch (RocksDBException e) {
      throw new ViewStoreException("cannot read", e);
    }
  }

  void put(WriteBatch batch, byte[] key, byte[] value) {
    try {
      batch.put(handle, key, value);
    } catch (RocksDBException e) {
      throw new ViewStoreException("cannot gather a write", e);
    }
  }

  void delete(WriteBatch batch, byte[] key) {
    try {
      batch.delete(handle, key);
    } catch (RocksDBException e) {
      throw new ViewStoreException("cannot gather a write", e);
    }
  }

  /** The rows with that prefix from {@code from} on, in order, at most {@code limit}. */
  <T> List<T> ascending(byte[] prefix, byte[] from, int limit, Row<T> row) {
    return scan(prefix, from, limit, true, row);
  }

  /** The rows with that prefix up to {@code to}, last first, at most {@code limit}. */
  <T> List<T> descending(byte[] prefix, byte[] to, int limit, Row<T> row) {
    return scan(prefix, to, limit, false, row);
  }

  private <T> List<T> scan(byte[] prefix, byte[] start, int limit, boolean up, Row<T> row) {
    List<T> rows = new ArrayList<>();
    try (Slice lower = new Slice(prefix);
        Slice upper = new Slice(Key.end(prefix));
        ReadOptions options =
            new ReadOptions().setIterateLowerBound(lower).setIterateUpperBound(upper);
        RocksIterator iterator = db.newIterator(handle, options)) {
      if (up) {
        iterator.seek(start);
      } else {
        iterator.seekForPrev(start);
      }
      while (rows.size() < limit && iterator.isValid()) {
        rows.add(row.read(iterator.key(), iterator.value()));
        if (up) {
          iterator.next();
        } else {
          iterator.prev();
        }
      }
      iterator.status();
      return rows;
    } catch (RocksDBException e) {
      throw new ViewStoreException("cannot read", e);
    }
  }
}
