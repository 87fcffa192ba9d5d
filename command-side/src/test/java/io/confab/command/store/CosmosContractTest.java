package io.confab.command.store;

class CosmosContractTest extends DurableEventStorageEngineContract {

  @Override
  protected Subject open() {
    CosmosTestStore store = new CosmosTestStore();
    CosmosEventStorageEngine engine = store.open();
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
        store.local.heal("stall");
      }

      @Override
      public void failNextWrite() {
        store.fault("'kind':'refuse','status':403,'on':'writes','partition':'a:0','times':1");
      }

      @Override
      public long bound() {
        return CosmosTestStore.SETTINGS.queued().toBytes();
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
