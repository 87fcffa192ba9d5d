package io.confab.cosmos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.cosmos.CosmosAsyncContainer;
import com.azure.cosmos.CosmosException;
import com.azure.cosmos.models.CosmosItemRequestOptions;
import com.azure.cosmos.models.CosmosItemResponse;
import com.azure.cosmos.models.PartitionKey;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class CosmosConnectionTest {
  private static final ContainerDescription ITEMS =
      ContainerDescription.of("items", "/place").indexedOnlyBy("/number/?");

  private final LocalCosmos local = LocalCosmos.shared();
  private final CosmosSettings settings = local.settings();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @AfterEach
  void heal() {
    local.heal();
  }

  @Test
  void databaseAndContainersAreCreatedOnceAndFoundAgain() {
    try (CosmosConnection connection = CosmosConnection.open(settings, meters, ITEMS)) {
      connection.await(create(connection, "a"));
    }
    try (CosmosConnection connection = CosmosConnection.open(settings, meters, ITEMS)) {
      assertThat(read(connection, "a").get("number").asInt()).isEqualTo(7);
    }
  }

  @Test
  void aMissingDatabaseOrContainerThatMayNotBeCreatedIsNamed() {
    CosmosSettings strict = mayNotCreate(settings);
    assertThatThrownBy(() -> CosmosConnection.open(strict, meters, ITEMS))
        .isInstanceOf(CosmosOpenException.class)
        .hasMessageContaining("no database " + settings.database())
        .hasMessageContaining("confab.cosmos.create-missing");
    CosmosConnection.open(settings, meters).close();
    assertThatThrownBy(() -> CosmosConnection.open(strict, meters, ITEMS))
        .isInstanceOf(CosmosOpenException.class)
        .hasMessageContaining("no container items");
  }

  @Test
  void aContainerWithAnotherPartitionKeyIsRefused() {
    CosmosConnection.open(settings, meters, ITEMS).close();
    assertThatThrownBy(
            () ->
                CosmosConnection.open(
                    settings, meters, ContainerDescription.of("items", "/elsewhere")))
        .isInstanceOf(CosmosOpenException.class)
        .hasMessageContaining("has the partition key /place, not /elsewhere");
  }

  @Test
  void aDroppedContainerIsGoneAndCanBeThereAgain() {
    try (CosmosConnection connection = CosmosConnection.open(settings, meters, ITEMS)) {
      connection.await(create(connection, "a"));
      connection.dropContainer("items");
      connection.dropContainer("items");
      connection.ensureContainer(ITEMS);
      assertThatThrownBy(() -> read(connection, "a"))
          .isInstanceOfSatisfying(
              CosmosException.class, e -> assertThat(e.getStatusCode()).isEqualTo(404));
    }
  }

  @Test
  void aWrongKeyIsOneLine() {
    assertThatThrownBy(
            () ->
                CosmosConnection.open(
                    CosmosSettings.of(local.endpoint(), "d3Jvbmc="), meters, ITEMS))
        .isInstanceOf(CosmosOpenException.class)
        .hasMessageContaining("refuses the key (status 401): set confab.cosmos.key");
    assertThatThrownBy(
            () -> CosmosConnection.open(CosmosSettings.of(local.endpoint(), "wrong!"), meters))
        .isInstanceOf(CosmosOpenException.class)
        .hasMessageContaining("confab.cosmos.key is not Base64");
  }

  @Test
  void anEndpointThatDoesNotAnswerIsOneLine() {
    try (LocalCosmos ended = LocalCosmos.start()) {
      ended.close();
      assertThatThrownBy(() -> CosmosConnection.open(ended.settings(), meters))
          .isInstanceOf(CosmosOpenException.class)
          .hasMessageContaining("does not answer")
          .hasMessageContaining("confab.cosmos.endpoint");
    }
  }

  @Test
  void aWeakConsistencyIsNamedAndAnEmulatorMayHaveIt() {
    try (LocalCosmos session = LocalCosmos.start("--consistency", "Session")) {
      assertThatThrownBy(() -> CosmosConnection.open(session.settings(), meters))
          .isInstanceOf(CosmosOpenException.class)
          .hasMessageContaining("has the default consistency Session")
          .hasMessageContaining("Strong or BoundedStaleness");
      CosmosConnection.open(session.settings().withEmulator(), meters).close();
    }
    try (LocalCosmos bounded = LocalCosmos.start("--consistency", "BoundedStaleness")) {
      CosmosConnection.open(bounded.settings(), meters).close();
    }
  }

  @Test
  void aThrottledRequestIsRepeatedAfterTheServersDelayAndCounted() {
    try (CosmosConnection connection = CosmosConnection.open(settings, meters, ITEMS)) {
      local.fault("{\"kind\":\"throttle\",\"on\":\"writes\",\"times\":12,\"retryAfterMs\":5}");
      connection.await(create(connection, "a"));
      assertThat(meters.get("confab.cosmos.throttled").functionCounter().count()).isEqualTo(12);
      assertThat(meters.get("confab.cosmos.request.units").functionCounter().count())
          .isGreaterThan(0);
    }
  }

  @Test
  void theServersDelayIsKept() {
    try (CosmosConnection connection = CosmosConnection.open(settings, meters, ITEMS)) {
      local.fault("{\"kind\":\"throttle\",\"on\":\"writes\",\"times\":2,\"retryAfterMs\":700}");
      long start = System.nanoTime();
      connection.await(create(connection, "a"));
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isGreaterThanOrEqualTo(Duration.ofMillis(1_400));
      assertThat(meters.get("confab.cosmos.throttled").functionCounter().count()).isEqualTo(2);
    }
  }

  @Test
  void aRequestThatIsThrottledForTooLongFailsAsThrottled() {
    CosmosSettings impatient = patience(settings, Duration.ofSeconds(1));
    try (CosmosConnection connection = CosmosConnection.open(impatient, meters, ITEMS)) {
      local.fault("{\"kind\":\"throttle\",\"on\":\"writes\",\"retryAfterMs\":200}");
      assertThatThrownBy(() -> connection.await(create(connection, "a")))
          .isInstanceOfSatisfying(
              CosmosException.class, e -> assertThat(e.getStatusCode()).isEqualTo(429));
    }
  }

  @Test
  void settingsNameTheValueAndTheBound() {
    assertThatThrownBy(() -> CosmosSettings.of(URI.create("ftp://x"), "a"))
        .hasMessageContaining("confab.cosmos.endpoint is ftp://x");
    assertThatThrownBy(() -> CosmosSettings.of(URI.create("https://x"), " "))
        .hasMessageContaining("confab.cosmos.key is missing");
    assertThatThrownBy(() -> patience(settings, Duration.ofMillis(1)))
        .hasMessageContaining("confab.cosmos.throttle-patience is 1 ms, must be 1000 to");
    assertThat(CosmosSettings.of(URI.create("https://x"), "secret").toString())
        .doesNotContain("secret");
    assertThat(CosmosSettings.of(URI.create("https://a.documents.azure.com"), "k").local())
        .isFalse();
    assertThat(settings.local()).isTrue();
  }

  private static Mono<CosmosItemResponse<ObjectNode>> create(
      CosmosConnection connection, String id) {
    CosmosAsyncContainer items = connection.container("items");
    ObjectNode item =
        JsonNodeFactory.instance.objectNode().put("id", id).put("place", "p").put("number", 7);
    return items.createItem(item, new PartitionKey("p"), new CosmosItemRequestOptions());
  }

  private static JsonNode read(CosmosConnection connection, String id) {
    return connection
        .await(connection.container("items").readItem(id, new PartitionKey("p"), ObjectNode.class))
        .getItem();
  }

  private static CosmosSettings mayNotCreate(CosmosSettings from) {
    return new CosmosSettings(
        from.endpoint(),
        from.key(),
        from.database(),
        false,
        false,
        false,
        0,
        from.requestTimeout(),
        from.throttlePatience(),
        from.openPatience());
  }

  private static CosmosSettings patience(CosmosSettings from, Duration throttlePatience) {
    return new CosmosSettings(
        from.endpoint(),
        from.key(),
        from.database(),
        false,
        false,
        true,
        0,
        from.requestTimeout(),
        throttlePatience,
        from.openPatience());
  }
}
