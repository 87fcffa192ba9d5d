package io.confab.command.store;

import io.confab.cosmos.OnRealCosmos;
import io.confab.cosmos.RealCosmos;
import org.junit.jupiter.api.AfterEach;

/** Axon's own tests, against a real account. */
@OnRealCosmos
class RealCosmosAxonContractTest extends CosmosAxonContractTest {
  private final RealCosmos account = new RealCosmos();

  @Override
  CosmosTestStore store() {
    return new CosmosTestStore(account.settings());
  }

  @Override
  @AfterEach
  void close() {
    super.close();
    account.close();
  }
}
