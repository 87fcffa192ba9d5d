package io.confab.command.store;

import io.confab.cosmos.RealCosmos;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** Axon's own tests, against a real account. */
@EnabledIfEnvironmentVariable(
    named = RealCosmos.ENDPOINT,
    matches = ".+",
    disabledReason = RealCosmos.SKIPPED)
@EnabledIfEnvironmentVariable(
    named = RealCosmos.KEY,
    matches = ".+",
    disabledReason = RealCosmos.SKIPPED)
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
