package io.confab.command.store;

import io.confab.cosmos.LocalCosmos;
import org.springframework.util.unit.DataSize;

class CosmosContractTest extends DurableEventStorageEngineContract {

  private static final StoreSettings LIMITS =
      new StoreSettings(DataSize.ofMegabytes(1), DataSize.ofBytes(0), DataSize.ofMegabytes(1));

  @Override
  protected Subject open() {
    CosmosTestStore store = new CosmosTestStore();
    CosmosEventStorageEngine engine = store.open(Conversations.serializer(), LIMITS, 20);
    return new Subject() {
      @Override
      public DurableEventStorageEngine engine() {
        return engine;
      }

      @Override
      public void stall() {
        store.fault("'kind':'stall','on':'writes','name':'stall'");
      }

      @Override
      public void resume() {
        LocalCosmos.shared().heal("stall");
      }

      @Override
      public void failNextWrite() {
        store.fault("'kind':'refuse','status':403,'on':'writes','partition':'a:0','times':1");
      }

      @Override
      public long bound() {
        return LIMITS.queued().toBytes();
      }

      @Override
      public boolean oneLog() {
        return false;
      }

      @Override
      public void close() {
        engine.close();
        store.close();
      }
    };
  }
}
