package io.confab.views;

import java.util.Arrays;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

/**
 * Read markers: written with a sync each, of which RocksDB makes one for those that come together.
 */
final class ReadMarkers {
  private static final int STRIPES = 256;

  private final Family family;
  private final WriteOptions synced;
  private final Object[] locks = new Object[STRIPES];

  ReadMarkers(Family family, WriteOptions synced) {
    this.family = family;
    this.synced = synced;
    Arrays.setAll(locks, i -> new Object());
  }

  ReadMarker get(String conversation, String user) {
    return read(key(conversation, user));
  }

  ReadMarker advance(String conversation, String user, ReadMarker marker) {
    byte[] key = key(conversation, user);
    synchronized (locks[Math.floorMod(Arrays.hashCode(key), STRIPES)]) {
      ReadMarker stands = read(key);
      ReadMarker next =
          new ReadMarker(
              Math.max(stands.upTo(), marker.upTo()), Math.max(stands.ordinal(), marker.ordinal()));
      if (next.equals(stands)) {
        return stands;
      }
      BinaryWriter out = new BinaryWriter().number(next.upTo() + 1).number(next.ordinal());
      try {
        family.db().put(family.handle(), synced, key, out.bytes());
      } catch (RocksDBException e) {
        throw new ViewStoreException("cannot write a read marker", e);
      }
      return next;
    }
  }

  private ReadMarker read(byte[] key) {
    byte[] stored = family.get(key);
    if (stored == null) {
      return ReadMarker.NONE;
    }
    BinaryReader in = new BinaryReader(stored);
    return new ReadMarker(in.number() - 1, in.number());
  }

  private static byte[] key(String conversation, String user) {
    return Key.in('r', conversation).last(user).bytes();
  }
}
