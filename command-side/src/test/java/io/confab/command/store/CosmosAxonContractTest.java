package io.confab.command.store;

import org.axonframework.eventsourcing.eventstore.EventStorageEngineTest;
import org.axonframework.serialization.jackson3.Jackson3Serializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/** Axon's own tests, but those of an order over all aggregates, which this store has not. */
class CosmosAxonContractTest extends EventStorageEngineTest {
  private static final String NO_ORDER = "needs an order over all aggregates";

  private CosmosTestStore store;
  private CosmosEventStorageEngine engine;

  @BeforeEach
  void open() {
    store = store();
    engine = store.open(Jackson3Serializer.builder().build(), StoreSettings.DEFAULT, 20);
    setTestSubject(engine);
  }

  CosmosTestStore store() {
    return new CosmosTestStore();
  }

  @AfterEach
  void close() {
    engine.close();
    store.close();
  }

  @Override
  @Test
  @Disabled(NO_ORDER)
  public void appendAndReadNonDomainEvent() {}

  @Override
  @Test
  @Disabled(NO_ORDER)
  public void storeAndLoadApplicationEvent() {}

  @Override
  @Test
  @Disabled(NO_ORDER)
  public void loadTrackedEvents() {}

  @Override
  @Test
  @Disabled(NO_ORDER)
  public void loadPartialStreamOfTrackedEvents() {}

  @Override
  @Test
  @Disabled(NO_ORDER)
  public void createTailToken() {}

  @Override
  @Test
  @Disabled(NO_ORDER)
  public void createHeadToken() {}

  @Override
  @Test
  @Disabled(NO_ORDER)
  public void createTokenAt() {}

  @Override
  @Test
  @Disabled(NO_ORDER)
  public void createTokenAtExactTime() {}

  @Override
  @Test
  @Disabled(NO_ORDER)
  public void createTokenWithUnorderedEvents() {}

  @Override
  @Test
  @Disabled(NO_ORDER)
  public void createTokenAtTimeAfterLastEvent() {}

  @Override
  @Test
  @Disabled(NO_ORDER)
  public void createTokenAtTimeBeforeFirstEvent() {}
}
