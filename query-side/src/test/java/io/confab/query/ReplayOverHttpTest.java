package io.confab.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.events.EncodedEvent;
import io.confab.events.Kind;
import io.confab.query.EventReplay.Replay;
import io.confab.views.ViewStore;
import io.confab.web.WebConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import tools.jackson.databind.json.JsonMapper;

/** The module in a real server, over a log that ends where the test says. */
class ReplayOverHttpTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir static Path dataDir;

  private static ServletWebServerApplicationContext server;
  private static Source source;
  private static URI base;
  private static String token;

  /** The same event {@code length} times, then a failure. */
  static final class Source implements EventReplay {
    final TestWorld world = new TestWorld();
    long length;
    CountDownLatch closed = new CountDownLatch(1);

    Source() {
      world.start("c-1", Kind.GROUP, null, "alice");
    }

    void breakAfter(long length) {
      this.length = length;
      closed = new CountDownLatch(1);
    }

    @Override
    public Replay open(@Nullable Instant since, @Nullable Instant until) {
      EncodedEvent event = world.read("c-1", 0, 1).get(0);
      return new Replay() {
        private long given;

        @Override
        public EncodedEvent next() {
          if (given++ == length) {
            throw new IllegalStateException("the disk is gone");
          }
          return event;
        }

        @Override
        public void close() {
          closed.countDown();
        }
      };
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @Import({WebConfiguration.class, QueryConfiguration.class})
  static class Application {
    @Bean
    @Primary // the world is one too
    Source source() {
      return new Source();
    }

    @Bean(destroyMethod = "close")
    TestWorld world(Source source) {
      return source.world;
    }

    @Bean(destroyMethod = "")
    ViewStore views(TestWorld world) {
      return world.views();
    }

    @Bean
    Clock clock() {
      return Clock.systemUTC();
    }

    @Bean
    MeterRegistry meters() {
      return new SimpleMeterRegistry();
    }
  }

  @BeforeAll
  static void start() throws Exception {
    server =
        (ServletWebServerApplicationContext)
            new SpringApplicationBuilder(Application.class)
                .run(
                    "--server.port=0",
                    "--confab.query.wait-at-most=10ms",
                    "--confab.data-dir=" + dataDir);
    source = server.getBean(Source.class);
    base = URI.create("http://127.0.0.1:" + server.getWebServer().getPort());
    HttpResponse<String> answer =
        HTTP.send(
            HttpRequest.newBuilder(base.resolve("/api/dev/tokens"))
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString("{\"user\":\"alice\",\"roles\":[\"analyst\"]}"))
                .build(),
            BodyHandlers.ofString());
    token = new JsonMapper().readTree(answer.body()).get("token").stringValue();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static <T> HttpResponse<T> get(String uri, HttpResponse.BodyHandler<T> handler)
      throws IOException, InterruptedException {
    return HTTP.send(
        HttpRequest.newBuilder(base.resolve(uri))
            .header("authorization", "Bearer " + token)
            .build(),
        handler);
  }

  @Test
  void aReplayStreamsAndEndsWhenTheClientLeaves() throws Exception {
    source.breakAfter(Long.MAX_VALUE);
    HttpResponse<InputStream> answer = get("/api/events", BodyHandlers.ofInputStream());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/x-ndjson");
    InputStream body = answer.body();
    String stored =
        new String(source.world.read("c-1", 0, 1).get(0).envelope(), StandardCharsets.UTF_8);
    BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    for (int i = 0; i < 10_000; i++) {
      assertThat(lines.readLine()).isEqualTo(stored);
    }
    body.close();
    source.closed.await();
    assertThat(dataDir.resolve("audit/audit.ndjson")).content().contains("/api/events");
  }

  @Test
  void aReplayThatBreaksHalfWayDoesNotLookComplete() {
    source.breakAfter(100_000);
    assertThatThrownBy(() -> get("/api/events", BodyHandlers.ofByteArray()))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aReplayThatBreaksBeforeItsFirstByteIsSentIsAProblem() throws Exception {
    source.breakAfter(1);
    HttpResponse<String> answer = get("/api/events", BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/problem+json");
    assertThat(answer.body()).contains("internal-error").doesNotContain("disk", "sequence");
  }

  @Test
  void aRefusalSaysWhenToComeBack() throws Exception {
    assertThat(get("/api/conversations/c-1", BodyHandlers.ofString()).body())
        .contains("\"conversation\":\"c-1\"");
    HttpResponse<String> answer = get("/api/conversations/c-1?atLeast=1", BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("retry-after")).hasValue("1");
  }
}
