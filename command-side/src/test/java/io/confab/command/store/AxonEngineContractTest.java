package io.confab.command.store;

import java.nio.file.Path;
import org.axonframework.eventsourcing.eventstore.EventStorageEngineTest;
import org.axonframework.serialization.jackson3.Jackson3Serializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Axon's own tests of what an {@code EventStorageEngine} must do. */
class AxonEngineContractTest extends EventStorageEngineTest {
  @TempDir Path directory;
  private RocksDbEventStorageEngine engine;

  @BeforeEach
  void open() {
    engine =
        RocksDbEventStorageEngine.open(
            directory, Jackson3Serializer.builder().build(), StoreSettings.DEFAULT);
    setTestSubject(engine);
  }

  @AfterEach
  void close() {
    engine.close();
  }
}
