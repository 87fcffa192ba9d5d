package io.confab.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Collections;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

@ExtendWith(OutputCaptureExtension.class)
class WebSecurityTest {
  @TempDir Path dataDir;

  private final HttpClient client = HttpClient.newHttpClient();
  private ConfigurableApplicationContext server;
  private HttpServer keys;

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
    if (keys != null) {
      keys.stop(0);
    }
  }

  @Test
  void aTokenOfTheDevKeyIsBelievedAlsoAfterARestart() throws Exception {
    start();
    String token = devToken("{\"user\":\"alice\",\"roles\":[\"user\",\"support\"]}");
    assertThat(get("/api/whoami", "Bearer " + token).body()).contains("alice", "SUPPORT");
    server.close();
    start();
    assertThat(get("/api/whoami", "Bearer " + token).statusCode()).isEqualTo(200);
  }

  @Test
  void whoIsNotAuthenticatedIsToldWhatIsExpected() throws Exception {
    start();
    DevKey own = DevKey.in(dataDir.resolve("dev-signing-key.json"));
    DevKey foreign = DevKey.in(dataDir.resolve("foreign.json"));
    Set<Caller.Role> user = Set.of(Caller.Role.USER);
    Instant longAgo = Instant.now().minus(DevKey.VALIDITY).minusSeconds(3600);
    Instant justExpired = Instant.now().minus(DevKey.VALIDITY).minusSeconds(1);
    for (String header :
        new String[] {
          null,
          "Basic YTpi",
          "Bearer",
          "Bearer not.a.token",
          "Bearer " + foreign.token("alice", user, Instant.now()),
          "Bearer " + own.token("alice", user, longAgo),
          "Bearer " + own.token("alice", user, justExpired),
          "Bearer " + own.token("a b\n", user, Instant.now()),
        }) {
      HttpResponse<String> answer = get("/api/whoami", header);
      assertThat(answer.statusCode()).as(header).isEqualTo(401);
      assertThat(answer.body()).contains("\"code\":\"unauthenticated\"", "Bearer <JWT");
      assertThat(answer.headers().firstValue("content-type")).contains(Problem.MEDIA_TYPE);
    }
  }

  @Test
  void everyPathOfTheApiNeedsATokenAlsoOneThatDoesNotExist() throws Exception {
    start();
    assertThat(get("/api/fault", null).statusCode()).isEqualTo(401);
    assertThat(get("/api/nothing-here", null).statusCode()).isEqualTo(401);
  }

  @Test
  void tokensBetweenServicesAreNotTakenForUsersTokens() throws Exception {
    start();
    String service =
        new ServiceKey("x".repeat(ServiceKey.LEAST), Clock.systemUTC()).authorization();
    HttpResponse<String> answer = get(CommandRelay.INTERNAL + "authorization", service);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(service);
    assertThat(get("/api/whoami", service).statusCode()).isEqualTo(401);
  }

  @Test
  void processesThatMakeTheKeyAtOnceShareOne() throws Exception {
    Path file = dataDir.resolve("shared").resolve("key.json");
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<DevKey>> made = threads.invokeAll(Collections.nCopies(8, () -> DevKey.in(file)));
      Set<String> keys = new HashSet<>();
      for (Future<DevKey> key : made) {
        keys.add(key.get().publicKey().toJSONString());
      }
      assertThat(keys).hasSize(1);
      try (Stream<Path> left = Files.list(file.getParent())) {
        assertThat(left).containsExactly(file);
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void theDevKeyIsWhereTheSettingSays() throws Exception {
    Path file = dataDir.resolve("elsewhere").resolve("key.json");
    start("--confab.security.dev-key-file=" + file);
    String token = DevKey.in(file).token("alice", Set.of(Caller.Role.USER), Instant.now());
    assertThat(get("/api/whoami", "Bearer " + token).statusCode()).isEqualTo(200);
  }

  @Test
  void aRoleThatIsMissingIsNamed() throws Exception {
    start();
    String token = devToken("{\"user\":\"alice\"}");
    HttpResponse<String> answer = get("/api/support-only", "Bearer " + token);
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains("\"code\":\"forbidden\"", "role support", "[user]");
  }

  @Test
  void aFaultShowsNothingOfTheInside() throws Exception {
    start();
    String token = devToken("{\"user\":\"alice\"}");
    HttpResponse<String> answer = get("/api/fault", "Bearer " + token);
    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body())
        .contains("\"code\":\"internal-error\"")
        .doesNotContain("secret", "Exception", "io.confab");
  }

  @Test
  void pathsThatDoNotExistOrAreRefusedAnswerWithAProblem() throws Exception {
    start();
    String token = "Bearer " + devToken("{\"user\":\"alice\"}");
    assertThat(get("/api/nothing-here", token).body()).contains("\"code\":\"unknown-path\"");
    assertThat(get("/nothing-here", null).body()).contains("\"code\":\"unknown-path\"");
    HttpResponse<String> refused = get("/api/a%2Fb;c", token);
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).doesNotContain("Exception", "<html");
    HttpResponse<String> method =
        client.send(request("/api/whoami", token).DELETE().build(), BodyHandlers.ofString());
    assertThat(method.statusCode()).isEqualTo(405);
    assertThat(method.body()).contains("\"code\":\"method-not-allowed\"", "DELETE", "GET");
  }

  @Test
  void aBodyOverTheLimitIsRefusedDeclaredOrStreamed() throws Exception {
    start("--confab.http.max-request-size=1KB");
    String token = "Bearer " + devToken("{\"user\":\"alice\"}");
    byte[] body = new byte[2000];
    HttpResponse<String> declared =
        client.send(
            request("/api/echo", token).POST(BodyPublishers.ofByteArray(body)).build(),
            BodyHandlers.ofString());
    HttpResponse<String> streamed =
        client.send(
            request("/api/echo", token)
                .POST(BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(body)))
                .build(),
            BodyHandlers.ofString());
    assertThat(declared.statusCode()).isEqualTo(413);
    assertThat(declared.body()).contains("body-too-large", "2000 bytes", "1024 bytes");
    assertThat(streamed.statusCode()).isEqualTo(413);
    assertThat(streamed.body()).contains("body-too-large", "1024 bytes");
  }

  @Test
  void badTokenRequestsAreNamed() throws Exception {
    start();
    assertThat(post("/api/dev/tokens", "{\"user\":\"a b\"}").body())
        .contains("invalid-value", "a b");
    assertThat(post("/api/dev/tokens", "{}").body()).contains("invalid-value", "user is missing");
    assertThat(post("/api/dev/tokens", "{\"user\":\"a\",\"roles\":[\"root\"]}").body())
        .contains("invalid-value", "root", "support");
    assertThat(post("/api/dev/tokens", "{").body()).contains("malformed-request");
  }

  @Test
  void withTheDevKeyTheServerListensOnLoopbackOnly() {
    assertThatThrownBy(() -> start("--server.address=0.0.0.0"))
        .rootCause()
        .hasMessageContaining("listens on loopback only");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/api/whoami", "/api/dev/tokens", "/ws", "/nothing"})
  void withTheDevKeyOnlyNamesOfLoopbackAreAnswered(String path) throws Exception {
    start();
    for (String host : new String[] {"rebound.example:8080", "127.0.0.1.example", "10.0.0.1"}) {
      assertThat(raw(path, "Host: " + host))
          .as(host)
          .startsWith("HTTP/1.1 403 ")
          .contains("\"code\":\"forbidden\"", "\"limit\":\"Host: localhost");
    }
    for (String host : new String[] {"localhost:1", "LOCALHOST", "127.1.2.3:8080", "[::1]:8080"}) {
      assertThat(raw(path, "Host: " + host)).as(host).doesNotContain("HTTP/1.1 403");
    }
  }

  @Test
  void theDevKeyIsNamedInOneLogLine(CapturedOutput output) {
    start();
    assertThat(output.getOut().lines().filter(l -> l.contains("No issuer is configured")))
        .singleElement()
        .asString()
        .contains("INFO", "dev-signing-key.json", "loopback only");
  }

  @Test
  void whereTheKeysCannotBeHadTheTokenIsToBeSentAgain() throws Exception {
    start("--confab.security.jwk-set-uri=http://127.0.0.1:1/jwks");
    DevKey dev = DevKey.in(dataDir.resolve("dev-signing-key.json"));
    String token = dev.token("alice", Set.of(Caller.Role.USER), Instant.now());
    HttpResponse<String> answer = get("/api/whoami", "Bearer " + token);
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("\"code\":\"unavailable\"");
    assertThat(answer.headers().firstValue("retry-after")).contains("1");
    assertThat(raw("/api/whoami", "Host: chat.example")).startsWith("HTTP/1.1 401 ");
  }

  @Test
  void whatJettyRefusesHasTheStatusOfTheAnswerInItsProblem() throws Exception {
    start();
    assertThat(raw("/api/whoami", "Host: localhost\r\nX-Long: " + "x".repeat(20_000)))
        .startsWith("HTTP/1.1 431 ")
        .contains("application/problem+json", "\"status\":431", "\"code\":\"malformed-request\"");
  }

  @Test
  void withAJwkSetItsKeysAreBelievedAndTheDevPathIsGone() throws Exception {
    ECKey key = new ECKeyGenerator(Curve.P_256).keyID("k1").generate();
    keys = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    byte[] set = new JWKSet(key.toPublicJWK()).toString().getBytes(UTF_8);
    keys.createContext(
        "/jwks",
        exchange -> {
          exchange.getResponseHeaders().set("content-type", "application/json");
          exchange.sendResponseHeaders(200, set.length);
          exchange.getResponseBody().write(set);
          exchange.close();
        });
    keys.start();
    start(
        "--confab.security.jwk-set-uri=http://127.0.0.1:" + keys.getAddress().getPort() + "/jwks",
        "--confab.security.issuer-uri=https://issuer.example");
    assertThat(post("/api/dev/tokens", "{\"user\":\"alice\"}").statusCode()).isEqualTo(404);
    assertThat(get("/api/whoami", "Bearer " + signed(key, "https://issuer.example")).body())
        .contains("bob", "ANALYST");
    assertThat(get("/api/whoami", "Bearer " + signed(key, "https://other.example")).statusCode())
        .isEqualTo(401);
    DevKey dev = DevKey.in(dataDir.resolve("dev-signing-key.json"));
    String devSigned = dev.token("alice", Set.of(Caller.Role.USER), Instant.now());
    assertThat(get("/api/whoami", "Bearer " + devSigned).statusCode()).isEqualTo(401);
  }

  private static String signed(ECKey key, String issuer) throws Exception {
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("k1").build(),
            new JWTClaimsSet.Builder()
                .subject("bob")
                .issuer(issuer)
                .claim("roles", List.of("analyst", "something-else"))
                .expirationTime(Date.from(Instant.now().plusSeconds(600)))
                .build());
    token.sign(new ECDSASigner(key));
    return token.serialize();
  }

  private void start(String... more) {
    String[] arguments = new String[more.length + 2];
    arguments[0] = "--server.port=0";
    arguments[1] = "--confab.data-dir=" + dataDir;
    System.arraycopy(more, 0, arguments, 2, more.length);
    server = SpringApplication.run(TestApplication.class, arguments);
  }

  /** The whole answer, for headers that the client does not let a caller set. */
  private String raw(String path, String headers) throws Exception {
    String port = server.getEnvironment().getProperty("local.server.port");
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port))) {
      socket
          .getOutputStream()
          .write(
              ("GET " + path + " HTTP/1.1\r\nConnection: close\r\n" + headers + "\r\n\r\n")
                  .getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  private HttpRequest.Builder request(String path, String authorization) {
    String port = server.getEnvironment().getProperty("local.server.port");
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    return request;
  }

  private HttpResponse<String> get(String path, String authorization) throws Exception {
    return client.send(request(path, authorization).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String path, String json) throws Exception {
    return client.send(
        request(path, null)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(json))
            .build(),
        BodyHandlers.ofString());
  }

  private String devToken(String json) throws Exception {
    String body = post("/api/dev/tokens", json).body();
    return body.substring(body.indexOf(':') + 2, body.lastIndexOf('"'));
  }
}
