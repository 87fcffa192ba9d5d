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
  private final SentBy sentBy;
  private final Object[] locks = new Object[STRIPES];

  /**
   * @param sentBy completes the markers of the first format, which do not hold {@link
   *     ReadMarker#own}
   */
  ReadMarkers(Family family, WriteOptions synced, SentBy sentBy) {
    this.family = family;
    this.synced = synced;
    this.sentBy = sentBy;
    Arrays.setAll(locks, i -> new Object());
  }

  /** See {@link ViewReader#sentBy}. */
  interface SentBy {
    long count(String conversation, String user, long upTo);
  }

  ReadMarker get(String conversation, String user) {
    byte[] stored = family.get(key(conversation, user));
    if (stored == null) {
      return ReadMarker.NONE;
    }
    BinaryReader in = new BinaryReader(stored);
    long upTo = in.number() - 1;
    long ordinal = in.number();
    long own = in.atEnd() ? sentBy.count(conversation, user, upTo) : in.number();
    return new ReadMarker(upTo, ordinal, own);
  }

  ReadMarker advance(String conversation, String user, ReadMarker marker) {
    byte[] key = key(conversation, user);
    synchronized (locks[Math.floorMod(Arrays.hashCode(key), STRIPES)]) {
      ReadMarker stands = get(conversation, user);
      if (marker.upTo() <= stands.upTo()) {
        return stands;
      }
      BinaryWriter out =
          new BinaryWriter()
              .number(marker.upTo() + 1)
              .number(marker.ordinal())
              .number(marker.own());
      try {
        family.db().put(family.handle(), synced, key, out.bytes());
      } catch (RocksDBException e) {
        throw new ViewStoreException("cannot write a read marker", e);
      }
      return marker;
    }
  }

  private static byte[] key(String conversation, String user) {
    return Key.in('r', conversation).last(user).bytes();
  }
}
