package io.confab.views;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.EventEnvelope;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore.Rebuild;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;

class LiveViewTest {
  private final List<EventEnvelope> log = new EventGenerator(1, 1, 3).next(50);

  /** RocksDB refuses to drop a family twice; so the first drop here lets the store's own fail. */
  @Test
  void anOldGenerationThatCannotBeRemovedDoesNotTakeTheLiveOneWithIt(@TempDir Path where) {
    Database database = Database.open(where, 1 << 20);
    try {
      LiveView view = new LiveView(database, View.HISTORY, HistoryRows::readApplied);
      view.apply(log, 49);
      Rebuild rebuild = view.rebuild();
      rebuild.apply(log, 49);
      view.read(
          old -> {
            try {
              old.db().dropColumnFamily(old.handle());
            } catch (RocksDBException e) {
              throw new IllegalStateException(e);
            }
            return old;
          });
      assertThat(rebuild.switchOver()).isTrue();
      assertThat(rebuild.switchOver()).isTrue();
      rebuild.close();
      assertThat(view.applied("c-0")).isEqualTo(49);
      view.rebuild().close();
    } finally {
      database.close();
    }
    try (ViewStore views = RocksDbViewStore.open(where)) {
      assertThat(views.applied(View.HISTORY, "c-0")).isEqualTo(49);
    }
  }
}
