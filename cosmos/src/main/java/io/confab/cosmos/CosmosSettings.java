package io.confab.cosmos;

import java.net.URI;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where Cosmos DB is, and how it is used.
 *
 * <p>An endpoint over http, or on this machine, is a local one: it is reached through its gateway
 * alone, without looking for regions.
 *
 * @param endpoint the account's URI
 * @param key the account's primary or secondary key; never logged
 * @param database default {@code confab}
 * @param gateway whether requests go through the gateway over HTTPS, rather than to the replicas
 *     themselves; always so with a local endpoint. Default false
 * @param emulator whether an endpoint that is {@link #local} may have any default consistency:
 *     Microsoft's emulator keeps one copy, so that every read sees what was written before, and
 *     calls that Session. No account is spared the check by it. Default false
 * @param createMissing whether the database and its containers are created where they are absent;
 *     else that is an error. Default true
 * @param throughput the RU/s up to which a container that is created scales by itself; 0 to ask for
 *     none, as with a serverless account. Default 0, else at least 1,000
 * @param requestTimeout how long an answer may take, besides the time in which the request is
 *     throttled, before its outcome counts as unknown. Default 5 s, 100 ms to 60 s
 * @param throttlePatience how long a request is repeated that the account throttles (429), each
 *     time after the delay that it names. Default 10 s, at least 1 s
 * @param openPatience how long to wait at start for an account that does not answer. Default 60 s
 */
@ConfigurationProperties("confab.cosmos")
public record CosmosSettings(
    URI endpoint,
    String key,
    @DefaultValue("confab") String database,
    @DefaultValue("false") boolean gateway,
    @DefaultValue("false") boolean emulator,
    @DefaultValue("true") boolean createMissing,
    @DefaultValue("0") int throughput,
    @DefaultValue("5s") Duration requestTimeout,
    @DefaultValue("10s") Duration throttlePatience,
    @DefaultValue("60s") Duration openPatience) {

  public CosmosSettings {
    if (!"http".equals(endpoint.getScheme()) && !"https".equals(endpoint.getScheme())) {
      throw new IllegalArgumentException(
          "confab.cosmos.endpoint is " + endpoint + ", must begin with https:// or http://");
    }
    if (key.isBlank()) {
      throw new IllegalArgumentException("confab.cosmos.key is missing");
    }
    if (throughput != 0 && throughput < 1_000) {
      throw new IllegalArgumentException(
          "confab.cosmos.throughput is " + throughput + ", must be 0 or at least 1000");
    }
    between("request-timeout", requestTimeout, Duration.ofMillis(100), Duration.ofSeconds(60));
    between("throttle-patience", throttlePatience, Duration.ofSeconds(1), Duration.ofHours(1));
    between("open-patience", openPatience, Duration.ZERO, Duration.ofDays(1));
  }

  /** With defaults for all else. */
  public static CosmosSettings of(URI endpoint, String key) {
    return new CosmosSettings(
        endpoint,
        key,
        "confab",
        false,
        false,
        true,
        0,
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(60));
  }

  /** The same in another database. */
  public CosmosSettings withDatabase(String other) {
    return new CosmosSettings(
        endpoint,
        key,
        other,
        gateway,
        emulator,
        createMissing,
        throughput,
        requestTimeout,
        throttlePatience,
        openPatience);
  }

  /** The same for Microsoft's emulator. */
  public CosmosSettings withEmulator() {
    return new CosmosSettings(
        endpoint,
        key,
        database,
        gateway,
        true,
        createMissing,
        throughput,
        requestTimeout,
        throttlePatience,
        openPatience);
  }

  /**
   * The longest that a request takes which is throttled and then not answered. Later than that its
   * outcome counts as unknown.
   */
  public Duration patience() {
    return throttlePatience.plus(requestTimeout);
  }

  /** Until when the outcome of such a request is found out, where the account answers again. */
  public Duration settled() {
    return patience().plus(requestTimeout);
  }

  /** Whether the endpoint is on this machine, or without TLS. */
  public boolean local() {
    String host = endpoint.getHost();
    return !encrypted()
        || "localhost".equals(host)
        || "[::1]".equals(host)
        || (host != null && host.startsWith("127."));
  }

  boolean encrypted() {
    return "https".equals(endpoint.getScheme());
  }

  @Override
  public String toString() {
    return "CosmosSettings[endpoint=" + endpoint + ", database=" + database + "]";
  }

  private static void between(String name, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "confab.cosmos."
              + name
              + " is "
              + value.toMillis()
              + " ms, must be "
              + least.toMillis()
              + " to "
              + most.toMillis());
    }
  }
}
