package io.confab.cosmos;

import com.azure.cosmos.CosmosAsyncClient;
import com.azure.cosmos.CosmosAsyncContainer;
import com.azure.cosmos.CosmosAsyncDatabase;
import com.azure.cosmos.CosmosClientBuilder;
import com.azure.cosmos.CosmosException;
import com.azure.cosmos.GatewayConnectionConfig;
import com.azure.cosmos.ThrottlingRetryOptions;
import com.azure.cosmos.models.CosmosContainerProperties;
import com.azure.cosmos.models.ExcludedPath;
import com.azure.cosmos.models.IncludedPath;
import com.azure.cosmos.models.IndexingPolicy;
import com.azure.cosmos.models.ThroughputProperties;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * An open connection to one database of a Cosmos DB account.
 *
 * <p>A request that the account throttles is repeated after the delay that the account names, for
 * at most the setting {@code throttle-patience}; each time is counted in {@code
 * confab.cosmos.throttled}. What requests cost is counted in {@code confab.cosmos.request.units}.
 *
 * <p>Safe for use by many threads.
 */
public final class CosmosConnection implements AutoCloseable {
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;

  /** The substatus of a 404 where the container or the database itself is not there. */
  private static final int NO_CONTAINER = 1003;

  private static final int UNBOUNDED = 1_000_000;

  /** How long the SDK's own requests at start, and those for a container, may take together. */
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

  private final CosmosSettings settings;
  private final CosmosAsyncClient client;
  private final CosmosAsyncDatabase database;
  private final CosmosMeters meters;

  /** The client for leases, once there is one. */
  private @Nullable CosmosAsyncClient leases;

  private CosmosConnection(CosmosSettings settings, CosmosAsyncClient client, CosmosMeters meters) {
    this.settings = settings;
    this.client = client;
    this.database = client.getDatabase(settings.database());
    this.meters = meters;
  }

  /**
   * Connects, checks the account, and sees to it that the database and these containers are there.
   *
   * @throws CosmosOpenException where the account does not answer, refuses the key, is less
   *     consistent than bounded staleness, or lacks a container that may not be created, or has it
   *     with another partition key
   */
  public static CosmosConnection open(
      CosmosSettings settings, MeterRegistry registry, ContainerDescription... containers) {
    if (!settings.encrypted()) {
      // The SDK reads it when its classes are loaded, and refuses http without it.
      System.setProperty("COSMOS.HTTP_CONNECTION_WITHOUT_TLS_ALLOWED", "true");
    }
    new AccountCheck(settings).run();
    CosmosMeters meters = new CosmosMeters(registry);
    CosmosConnection connection =
        new CosmosConnection(settings, builder(settings, meters).buildAsyncClient(), meters);
    boolean opened = false;
    try {
      connection.ensureDatabase();
      for (ContainerDescription container : containers) {
        connection.ensureContainer(container);
      }
      opened = true;
      return connection;
    } finally {
      if (!opened) {
        connection.close();
      }
    }
  }

  private static CosmosClientBuilder builder(CosmosSettings settings, CosmosMeters meters) {
    CosmosClientBuilder builder =
        new CosmosClientBuilder()
            .endpoint(settings.endpoint().toString())
            .key(settings.key())
            .userAgentSuffix("confab")
            .contentResponseOnWriteEnabled(false)
            .multipleWriteRegionsEnabled(false)
            .throttlingRetryOptions(
                new ThrottlingRetryOptions()
                    .setMaxRetryAttemptsOnThrottledRequests(UNBOUNDED)
                    .setMaxRetryWaitTime(settings.throttlePatience()))
            .clientTelemetryConfig(meters.telemetry());
    if (settings.local()) {
      builder.endpointDiscoveryEnabled(false);
    }
    if (settings.local() || settings.gateway()) {
      builder.gatewayMode(new GatewayConnectionConfig());
    } else {
      builder.directMode();
    }
    return builder;
  }

  /** The settings with which it was opened. */
  public CosmosSettings settings() {
    return settings;
  }

  /** A container of the database; does not ask whether it is there. */
  public CosmosAsyncContainer container(String name) {
    return database.getContainer(name);
  }

  /**
   * A container for the leases of a change feed processor, which wants each write to answer with
   * the document. Everywhere else writes answer with nothing.
   */
  public synchronized CosmosAsyncContainer leaseContainer(String name) {
    if (leases == null) {
      leases = builder(settings, meters).contentResponseOnWriteEnabled(true).buildAsyncClient();
    }
    return leases.getDatabase(settings.database()).getContainer(name);
  }

  /** As {@link CosmosSettings#patience()}. */
  public Duration patience() {
    return settings.patience();
  }

  /**
   * Whether a request failed for want of the document alone. A missing container is answered 404
   * too, and to take that for an empty one would hide its loss.
   */
  public static boolean noSuchDocument(Throwable failure) {
    return failure instanceof CosmosException answered
        && answered.getStatusCode() == NOT_FOUND
        && answered.getSubStatusCode() != NO_CONTAINER;
  }

  /**
   * Waits for a request, at most for {@link #patience()}. Not for threads of the SDK.
   *
   * @return the answer, or null where it is empty
   * @throws CosmosException what Cosmos answered
   * @throws IllegalStateException caused by {@link TimeoutException} where it did not answer in
   *     time
   */
  public <T> @Nullable T await(Mono<T> request) {
    return block(request, patience());
  }

  /**
   * Sees to it that the container is there, as described. Throughput and index of a container that
   * is there already are left as they are.
   *
   * @throws CosmosOpenException where it is not there and may not be created, or has another
   *     partition key
   */
  public CosmosAsyncContainer ensureContainer(ContainerDescription description) {
    CosmosContainerProperties wanted = properties(description);
    try {
      if (settings.createMissing()) {
        ThroughputProperties throughput =
            settings.throughput() == 0
                ? null
                : ThroughputProperties.createAutoscaledThroughput(settings.throughput());
        create(database.createContainerIfNotExists(wanted, throughput));
      }
      var present = block(database.getContainer(description.name()).read(), START_TIMEOUT);
      if (present == null) {
        throw missing(
            "container " + description.name() + " in the database " + settings.database());
      }
      List<String> paths = present.getProperties().getPartitionKeyDefinition().getPaths();
      if (!paths.equals(List.of(description.partitionKeyPath()))) {
        throw new CosmosOpenException(
            "The container "
                + description.name()
                + " in "
                + place()
                + " has the partition key "
                + String.join(", ", paths)
                + ", not "
                + description.partitionKeyPath()
                + ": name another database in confab.cosmos.database.");
      }
      return database.getContainer(description.name());
    } catch (CosmosException e) {
      throw e.getStatusCode() == NOT_FOUND
          ? missing("container " + description.name() + " in the database " + settings.database())
          : failed("the container " + description.name(), e);
    }
  }

  /** Deletes the container and all that is in it; does nothing where it is not there. */
  public void dropContainer(String name) {
    try {
      block(database.getContainer(name).delete(), START_TIMEOUT);
    } catch (CosmosException e) {
      if (e.getStatusCode() != NOT_FOUND) {
        throw e;
      }
    }
  }

  @Override
  public synchronized void close() {
    if (leases != null) {
      leases.close();
    }
    client.close();
  }

  private void ensureDatabase() {
    try {
      if (settings.createMissing()) {
        create(client.createDatabaseIfNotExists(settings.database()));
      } else {
        block(database.read(), START_TIMEOUT);
      }
    } catch (CosmosException e) {
      throw e.getStatusCode() == NOT_FOUND
          ? missing("database " + settings.database())
          : failed("the database " + settings.database(), e);
    }
  }

  /** Of several processes that create it at once, the others find that it is there. */
  private static void create(Mono<?> creation) {
    try {
      block(creation, START_TIMEOUT);
    } catch (CosmosException e) {
      if (e.getStatusCode() != CONFLICT) {
        throw e;
      }
    }
  }

  private static CosmosContainerProperties properties(ContainerDescription description) {
    CosmosContainerProperties properties =
        new CosmosContainerProperties(description.name(), description.partitionKeyPath());
    if (!description.indexed().isEmpty()) {
      properties.setIndexingPolicy(
          new IndexingPolicy()
              .setIncludedPaths(description.indexed().stream().map(IncludedPath::new).toList())
              .setExcludedPaths(List.of(new ExcludedPath("/*"))));
    }
    return properties;
  }

  private CosmosOpenException missing(String what) {
    return new CosmosOpenException(
        "There is no "
            + what
            + " at "
            + settings.endpoint()
            + ": create it, or set confab.cosmos.create-missing=true.");
  }

  private CosmosOpenException failed(String what, CosmosException e) {
    return new CosmosOpenException(
        "Cosmos DB at "
            + settings.endpoint()
            + " refuses "
            + what
            + " (status "
            + e.getStatusCode()
            + ", "
            + e.getShortMessage()
            + ").",
        e);
  }

  private String place() {
    return "database " + settings.database() + " at " + settings.endpoint();
  }

  private static <T> @Nullable T block(Mono<T> request, Duration patience) {
    return request
        .timeout(patience)
        .onErrorMap(
            TimeoutException.class,
            e -> new IllegalStateException("no answer within " + patience.toMillis() + " ms", e))
        .block();
  }
}
