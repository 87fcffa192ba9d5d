package io.confab.views;

import io.confab.cosmos.CosmosSettings;
import io.confab.cosmos.RealCosmos;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** The contract of the views' stores, against a real account. */
@EnabledIfEnvironmentVariable(
    named = RealCosmos.ENDPOINT,
    matches = ".+",
    disabledReason = RealCosmos.SKIPPED)
@EnabledIfEnvironmentVariable(
    named = RealCosmos.KEY,
    matches = ".+",
    disabledReason = RealCosmos.SKIPPED)
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
