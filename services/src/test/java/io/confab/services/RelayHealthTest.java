package io.confab.services;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.confab.edge.relay.HttpCommandClient;
import io.confab.edge.relay.RelaySettings;
import io.confab.events.CommandRejected;
import io.confab.web.ServiceKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

class RelayHealthTest {
  private static final String SECRET = "0123456789abcdef0123456789abcdef";

  private final ServiceKey theirs = new ServiceKey(SECRET, Clock.systemUTC());
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/internal/conversations/",
        exchange -> {
          byte[] body = "[]".getBytes(StandardCharsets.UTF_8);
          int status = 200;
          try {
            theirs.require(exchange.getRequestHeaders().getFirst("Authorization"));
          } catch (CommandRejected e) {
            status = 401;
          }
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    timer.shutdownNow();
  }

  private Health health(String secret) {
    RelaySettings settings =
        new RelaySettings(
            URI.create("http://localhost:" + server.getAddress().getPort()),
            Duration.ofSeconds(1),
            Duration.ofSeconds(3),
            Duration.ofSeconds(15),
            10);
    Clock clock = Clock.systemUTC();
    return new RelayHealth(
            new HttpCommandClient(
                settings, new ServiceKey(secret, clock), clock, timer, new SimpleMeterRegistry()))
        .health();
  }

  @Test
  void anEdgeWithAnotherSecretThanCommandSidesIsOutOfServiceAndSaysSo() {
    Health health = health("another secret of thirty-two bytes");
    assertThat(health.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
    assertThat((String) health.getDetails().get("waitsFor")).contains("confab.services.secret");
    assertThat(health(SECRET).getStatus()).isEqualTo(Status.UP);
  }

  @Test
  void anEdgeWhoseCommandSideDoesNotAnswerIsUp() {
    server.stop(0);
    assertThat(health(SECRET).getStatus()).isEqualTo(Status.UP);
  }
}
