package io.confab.command.store;

import com.azure.cosmos.models.CosmosQueryRequestOptions;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confab.cosmos.CosmosConnection;
import io.confab.cosmos.CosmosSettings;
import io.confab.cosmos.LocalCosmos;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import org.axonframework.serialization.Serializer;

/** A database of its own at the local endpoint or in a real account, and engines over it. */
final class CosmosTestStore implements AutoCloseable {
  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final CosmosSettings settings;
  final CosmosConnection connection;

  CosmosTestStore() {
    this(Duration.ofSeconds(10));
  }

  /**
   * @param requestTimeout after which, and after a second for throttling, an outcome is unknown
   */
  CosmosTestStore(Duration requestTimeout) {
    this(local(LocalCosmos.shared().settings(), requestTimeout));
  }

  CosmosTestStore(CosmosSettings settings) {
    this.settings = settings;
    connection = CosmosConnection.open(settings, meters);
  }

  private static CosmosSettings local(CosmosSettings defaults, Duration requestTimeout) {
    return new CosmosSettings(
        defaults.endpoint(),
        defaults.key(),
        defaults.database(),
        false,
        false,
        true,
        0,
        requestTimeout,
        Duration.ofSeconds(1),
        Duration.ZERO);
  }

  CosmosEventStorageEngine open() {
    return open(Conversations.serializer(), StoreSettings.DEFAULT, 20);
  }

  CosmosEventStorageEngine open(int bucketBits) {
    return open(Conversations.serializer(), StoreSettings.DEFAULT, bucketBits);
  }

  CosmosEventStorageEngine open(Serializer serializer, StoreSettings limits, int bucketBits) {
    return CosmosEventStorageEngine.open(connection, serializer, limits, meters, bucketBits);
  }

  /** Adds a fault for this database's events; the fields are JSON's, without braces. */
  void fault(String fields) {
    LocalCosmos.shared()
        .fault(
            "{\"database\":\"%s\",\"container\":\"events\",%s}"
                .formatted(settings.database(), fields.replace('\'', '"')));
  }

  /** All commits there are. */
  List<ObjectNode> commits() {
    return connection
        .container("events")
        .queryItems("SELECT * FROM c", new CosmosQueryRequestOptions(), ObjectNode.class)
        .collectList()
        .block(Duration.ofSeconds(30));
  }

  double count(String counter) {
    return meters.get(counter).counter().count();
  }

  @Override
  public void close() {
    if (settings.endpoint().equals(LocalCosmos.shared().endpoint())) {
      LocalCosmos.shared().heal();
    }
    connection.close();
  }
}
