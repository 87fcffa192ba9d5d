package io.confab.views;

import io.confab.events.EventEnvelope;
import io.confab.views.ViewReader.View;
import java.util.List;
import java.util.Map;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * One column family that holds one view, whole and with its position: so it is consistent in
 * itself, whatever other families hold after a crash.
 */
final class Generation {
  private static final byte[] POSITION = {'p'};

  final View view;
  final int number;
  final Family family;
  private volatile long position;

  Generation(View view, int number, Family family) {
    this.view = view;
    this.number = number;
    this.family = family;
    byte[] stored = family.get(POSITION);
    this.position = stored == null ? -1 : HistoryRows.number(stored);
  }

  /** What the names of the view's families begin with; the generation's number follows. */
  static String prefix(View view) {
    return view.wireName() + "-";
  }

  String name() {
    return prefix(view) + number;
  }

  long position() {
    return position;
  }

  /** Returns the last sequence of each conversation in the batch. */
  synchronized Map<String, Long> apply(
      WriteOptions options, List<EventEnvelope> events, long last) {
    long after = Math.max(position, last);
    try (WriteBatch batch = new WriteBatch()) {
      Fold fold =
          switch (view) {
            case HISTORY -> new HistoryFold(new RocksDbHistory(family, batch));
            case CONVERSATIONS -> new ConversationsFold(new RocksDbConversations(family, batch));
          };
      events.forEach(fold::on);
      fold.write();
      batch.put(family.handle(), POSITION, HistoryRows.number(after));
      family.db().write(options, batch);
      position = after;
      return fold.applied();
    } catch (RocksDBException e) {
      throw new ViewStoreException("cannot write " + name(), e);
    }
  }
}
