package io.confab.views;

import io.confab.cosmos.CosmosConnection;
import io.confab.cosmos.CosmosSettings;
import io.confab.cosmos.LocalCosmos;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CosmosViewStoreTest extends ViewStoreContract {

  /** Small, so that a few events fill several partitions and transactions. */
  static final CosmosLayout SMALL = new CosmosLayout(4, 5);

  private CosmosConnection connection;

  /** A test has one directory and one database. */
  @Override
  protected ViewStore open(Path directory) {
    if (connection == null) {
      connection = connect(settings());
    }
    return CosmosViewStore.open(connection);
  }

  CosmosSettings settings() {
    return LocalCosmos.shared().settings();
  }

  static CosmosConnection connect(CosmosSettings settings) {
    return CosmosConnection.open(settings, new SimpleMeterRegistry());
  }

  @AfterEach
  void disconnect() {
    connection.close();
  }

  @Test
  void everyViewEqualsARecountFromTheLog() {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    try (ViewsSchedule schedule =
        new ViewsSchedule(() -> CosmosViewStore.open(connection, SMALL), seed, 90)) {
      schedule.run();
    }
  }
}
