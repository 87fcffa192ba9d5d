package io.confab.services;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * What a process cannot start without. Kafka and Redis are not among it: what uses them waits for
 * them by itself, and health tells.
 *
 * @param name of the other, for people
 */
record Needs(String name, URI address) {
  private static final Logger LOG = LoggerFactory.getLogger(Needs.class);
  private static final Duration ATTEMPT = Duration.ofSeconds(2);
  private static final long PAUSE_MILLIS = 250;
  private static final long SAY_EVERY_NANOS = Duration.ofSeconds(5).toNanos();

  static List<Needs> of(Environment environment) {
    String endpoint = environment.getProperty("confab.cosmos.endpoint", "");
    if (endpoint.isBlank()) {
      throw new StartRefused("confab.cosmos.endpoint is missing: the URI of the Cosmos DB account");
    }
    if (environment.getProperty("confab.cosmos.key", "").isBlank()) {
      throw new StartRefused("confab.cosmos.key is missing: a key of the Cosmos DB account");
    }
    if (!Binder.get(environment)
        .bind("confab.kafka.bootstrap-servers", Bindable.listOf(String.class))
        .isBound()) {
      throw new StartRefused(
          "confab.kafka.bootstrap-servers is missing: host:port of one broker or more");
    }
    return List.of(new Needs("Cosmos DB", URI.create(endpoint)));
  }

  /**
   * Returns when something listens there, however long that takes, and says every 5 s what it waits
   * for.
   *
   * @throws StartRefused where the thread is interrupted
   */
  void await() {
    long said = System.nanoTime() - SAY_EVERY_NANOS;
    for (String reason = attempt(); reason != null; reason = attempt()) {
      if (System.nanoTime() - said >= SAY_EVERY_NANOS) {
        LOG.info("Waiting for {} at {} ({})", name, address, reason);
        said = System.nanoTime();
      }
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StartRefused("Interrupted while waiting for " + name + " at " + address);
      }
    }
  }

  private @Nullable String attempt() {
    int port = address.getPort();
    if (port < 0) {
      port = "http".equals(address.getScheme()) ? 80 : 443;
    }
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(address.getHost(), port), Math.toIntExact(ATTEMPT.toMillis()));
      return null;
    } catch (IOException e) {
      return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
  }
}
