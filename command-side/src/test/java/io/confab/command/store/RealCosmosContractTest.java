package io.confab.command.store;

import io.confab.cosmos.OnRealCosmos;
import io.confab.cosmos.RealCosmos;
import org.junit.jupiter.api.Assumptions;
import org.springframework.util.unit.DataSize;

/** The contract of the stores, against a real account: all of it that needs no fault. */
@OnRealCosmos
class RealCosmosContractTest extends DurableEventStorageEngineContract {
  private static final String NO_FAULTS = "a real account has no faults to switch on";
  private static final DataSize BOUND = DataSize.ofMegabytes(1);

  @Override
  protected Subject open() {
    RealCosmos account = new RealCosmos();
    CosmosTestStore store = new CosmosTestStore(account.settings());
    CosmosEventStorageEngine engine =
        store.open(
            Conversations.serializer(),
            new StoreSettings(BOUND, DataSize.ofBytes(0), DataSize.ofMegabytes(1)),
            20);
    return new Subject() {
      @Override
      public DurableEventStorageEngine engine() {
        return engine;
      }

      @Override
      public void stall() {
        Assumptions.abort(NO_FAULTS);
      }

      @Override
      public void resume() {
        // nothing was stalled
      }

      @Override
      public void failNextWrite() {
        Assumptions.abort(NO_FAULTS);
      }

      @Override
      public long bound() {
        return BOUND.toBytes();
      }

      @Override
      public boolean oneLog() {
        return false;
      }

      @Override
      public void close() {
        engine.close();
        store.close();
        account.close();
      }
    };
  }
}
