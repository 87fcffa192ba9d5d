package io.confab.command.store;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

class RocksDbContractTest extends DurableEventStorageEngineContract {
  @TempDir Path directory;

  @Override
  protected Subject open() {
    FaultyDatabase database = new FaultyDatabase(directory);
    StoreSettings settings =
        new StoreSettings(
            DataSize.ofMegabytes(1), DataSize.ofMegabytes(1), DataSize.ofMegabytes(8));
    RocksDbEventStorageEngine engine =
        RocksDbEventStorageEngine.open(
            directory, Conversations.serializer(), settings, new SimpleMeterRegistry(), database);
    return new Subject() {
      @Override
      public DurableEventStorageEngine engine() {
        return engine;
      }

      @Override
      public void stall() {
        database.stall();
      }

      @Override
      public void resume() {
        database.resume();
      }

      @Override
      public void failNextWrite() {
        database.failBefore.set(1);
      }

      @Override
      public long bound() {
        return settings.queued().toBytes();
      }

      @Override
      public void close() {
        engine.close();
      }
    };
  }
}
