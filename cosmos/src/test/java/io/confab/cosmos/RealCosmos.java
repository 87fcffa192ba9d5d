package io.confab.cosmos;

import com.azure.cosmos.CosmosClient;
import com.azure.cosmos.CosmosClientBuilder;
import java.net.URI;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A database of its own in the account that the environment names, removed when this is closed. For
 * test classes that are annotated with {@link OnRealCosmos}.
 */
public final class RealCosmos implements AutoCloseable {
  static final String ENDPOINT = "CONFAB_COSMOS_ENDPOINT";
  static final String KEY = "CONFAB_COSMOS_KEY";

  private final CosmosSettings settings =
      CosmosSettings.of(URI.create(variable(ENDPOINT)), variable(KEY))
          .withEmulator()
          .withDatabase("confab-test-" + UUID.randomUUID());

  /** With the product's own defaults. */
  public CosmosSettings settings() {
    return settings;
  }

  @Override
  public void close() {
    try (CosmosClient client =
        new CosmosClientBuilder()
            .endpoint(settings.endpoint().toString())
            .key(settings.key())
            .endpointDiscoveryEnabled(!settings.local())
            .gatewayMode()
            .buildClient()) {
      client.getDatabase(settings.database()).delete();
    }
  }

  private static String variable(String name) {
    @Nullable String value = System.getenv(name);
    if (value == null) {
      throw new IllegalStateException(name + " is not set");
    }
    return value;
  }
}
