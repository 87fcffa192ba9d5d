package io.confab.views;

import io.confab.cosmos.CosmosSettings;
import io.confab.cosmos.OnRealCosmos;
import io.confab.cosmos.RealCosmos;
import org.junit.jupiter.api.AfterEach;

/** The contract of the views' stores, against a real account. */
@OnRealCosmos
class RealCosmosViewStoreTest extends CosmosViewStoreTest {
  private final RealCosmos account = new RealCosmos();

  @Override
  CosmosSettings settings() {
    return account.settings();
  }

  @Override
  @AfterEach
  void disconnect() {
    super.disconnect();
    account.close();
  }
}
