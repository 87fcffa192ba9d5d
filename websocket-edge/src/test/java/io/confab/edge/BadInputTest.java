package io.confab.edge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.confab.web.Problem;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whatever a client sends, it gets a name for what was wrong, and never a look inside. */
class BadInputTest {
  private static final int LIMIT = 64 << 10;
  private static TestEdge edge;

  @BeforeAll
  static void start() {
    edge = new TestEdge("confab.security.allowed-origins=https://chat.example");
    edge.confab.start("c-1", "alice", "bob");
    edge.confab.start("c-2", "alice", "bob");
    edge.confab.start("c-others", "carol");
  }

  @AfterAll
  static void stop() {
    edge.close();
  }

  private static Arguments refused(String what, String code, Consumer<RawClient> act) {
    return arguments(what, code, act);
  }

  private static Arguments frame(String what, String code, String frame) {
    return refused(what, code, client -> client.send(frame));
  }

  private static String send(String destination, String body, String... headers) {
    String[] all = java.util.Arrays.copyOf(headers, headers.length + 1);
    all[headers.length] = "destination:" + destination;
    return RawClient.frame("SEND", body, all);
  }

  private static String subscribe(String... headers) {
    return RawClient.frame("SUBSCRIBE", "", headers);
  }

  static Stream<Arguments> requests() {
    String messages = "/app/conversations/c-1/messages";
    String topic = "destination:/topic/conversations/c-1";
    return Stream.of(
        frame("malformed JSON", "malformed-request", send(messages, "{")),
        frame("JSON of another shape", "malformed-request", send(messages, "[]")),
        frame("a field of another type", "malformed-request", send(messages, "{\"body\":7}")),
        frame("no body", "malformed-request", send(messages, "")),
        frame("an unknown destination", "unknown-destination", send("/app/nowhere", "{}")),
        frame(
            "typing of another shape",
            "malformed-request",
            send("/app/conversations/c-1/typing", "{\"typing\":\"yes\"}")),
        frame(
            "typing where others are",
            "not-a-member",
            send("/app/conversations/c-others/typing", "{}")),
        frame(
            "typing nowhere", "unknown-conversation", send("/app/conversations/c-none/typing", "")),
        frame("no status", "malformed-request", send("/app/presence", "{}")),
        frame("a status unheard of", "invalid-value", send("/app/presence", "{\"status\":\"x\"}")),
        frame(
            "a status of who is gone",
            "invalid-value",
            send("/app/presence", "{\"status\":\"offline\"}")),
        frame("presence of another", "unknown-destination", send("/app/presence/bob", "{}")),
        frame("no destination", "unknown-destination", RawClient.frame("SEND", "{}")),
        frame("an unknown verb", "unknown-destination", send(messages + "/1/shout", "{}")),
        frame("a message that is no number", "invalid-value", send(messages + "/x/delete", "")),
        frame(
            "a conversation with a line end in it",
            "invalid-value",
            send("/app/conversations/c\\n1/messages", "{\"body\":\"x\"}")),
        frame(
            "an unknown conversation",
            "unknown-conversation",
            send("/app/conversations/c-none/messages", "{\"body\":\"x\"}")),
        frame(
            "a conversation of others",
            "not-a-member",
            send("/app/conversations/c-others/messages", "{\"body\":\"x\"}")),
        frame(
            "a read marker beyond the head",
            "invalid-value",
            send("/app/conversations/c-1/read", "{\"upTo\":99}")),
        frame(
            "a transaction",
            "method-not-allowed",
            send(messages, "{\"body\":\"x\"}", "transaction:t")),
        frame("after beyond the head", "invalid-value", subscribe("id:s", topic, "after:99")),
        frame("after below -1", "invalid-value", subscribe("id:s", topic, "after:-2")),
        frame("after that is no number", "invalid-value", subscribe("id:s", topic, "after:x")),
        frame(
            "a subscription to others",
            "not-a-member",
            subscribe("id:s", "destination:/topic/conversations/c-others")),
        frame(
            "a subscription to nothing",
            "unknown-conversation",
            subscribe("id:s", "destination:/topic/conversations/c-none")),
        frame(
            "a subscription to typing of others",
            "not-a-member",
            subscribe("id:s", "destination:/topic/conversations/c-others/typing")),
        frame(
            "a subscription to typing nowhere",
            "unknown-conversation",
            subscribe("id:s", "destination:/topic/conversations/c-none/typing")),
        frame(
            "a subscription to what typing has not",
            "unknown-destination",
            subscribe("id:s", "destination:/topic/conversations/c-1/typing/more")),
        frame(
            "a subscription to the presence of no id",
            "invalid-value",
            subscribe("id:s", "destination:/topic/presence/bob!")),
        frame("a subscription without destination", "unknown-destination", subscribe("id:s")),
        frame("a line end in a subscription's id", "invalid-value", subscribe("id:a\\nb", topic)),
        frame(
            "a line end in a receipt",
            "invalid-value",
            send(messages, "{\"body\":\"x\"}", "receipt:a\\nERROR")),
        frame("client acknowledgements", "invalid-value", subscribe("id:s", topic, "ack:client")),
        frame(
            "no subscription of that id",
            "invalid-value",
            RawClient.frame("UNSUBSCRIBE", "", "id:x")),
        refused(
            "the same id twice",
            "invalid-value",
            client -> {
              client.subscribed("twice", "/user/queue/inbox");
              client.send("UNSUBSCRIBE", "", "id:twice");
              client.subscribed("twice", "/topic/conversations/c-2");
              client.subscribe("twice", "/topic/conversations/c-2");
            }));
  }

  static Stream<Arguments> frames() {
    return Stream.of(
        frame("an unknown command", "malformed-request", RawClient.frame("HELLO", "")),
        frame("a header without colon", "malformed-request", "SEND\nx\n\n{}\0"),
        frame("an illegal escape", "malformed-request", "SEND\na:\\t\n\n{}\0"),
        frame("a second CONNECT", "malformed-request", RawClient.connectFrame("alice")),
        frame("BEGIN", "method-not-allowed", RawClient.frame("BEGIN", "", "transaction:t")),
        frame("COMMIT", "method-not-allowed", RawClient.frame("COMMIT", "", "transaction:t")),
        frame("ABORT", "method-not-allowed", RawClient.frame("ABORT", "", "transaction:t")),
        frame("ACK", "method-not-allowed", RawClient.frame("ACK", "", "id:1")),
        frame("NACK", "method-not-allowed", RawClient.frame("NACK", "", "id:1")),
        frame("a frame of the server's", "method-not-allowed", RawClient.frame("MESSAGE", "x")),
        refused(
            "a message over the limit",
            "frame-too-large",
            client -> client.send("x".repeat(LIMIT + 1))),
        refused(
            "a message far over the limit",
            "frame-too-large",
            client -> client.send("x".repeat(5 << 20))),
        refused(
            "fragments over the limit",
            "frame-too-large",
            client -> {
              client.send(RawClient.TEXT, false, new byte[LIMIT]);
              client.send(0, true, new byte[10]);
            }),
        refused(
            "a frame over the limit in several messages",
            "frame-too-large",
            client -> {
              client.send("SEND\ndestination:/x\ncontent-length:70000\n\n" + "x".repeat(40_000));
              client.send("x".repeat(30_000));
            }),
        refused(
            "a frame in very many messages",
            "malformed-request",
            client -> {
              client.send("SEND\n");
              for (int i = 0; i < 70; i++) {
                client.send("a:b\n");
              }
            }),
        refused(
            "a binary message",
            "unsupported-media-type",
            client -> client.send(RawClient.BINARY, true, "x".getBytes(UTF_8))),
        refused(
            "bytes that are not UTF-8",
            "malformed-request",
            client ->
                client.send(RawClient.TEXT, true, new byte[] {'S', (byte) 0xC0, (byte) 0xAF})));
  }

  static Stream<Arguments> connects() {
    return Stream.of(
        frame("no CONNECT", "unauthenticated", send("/app/conversations/c-1/messages", "{}")),
        frame(
            "no token",
            "unauthenticated",
            RawClient.frame("CONNECT", "", "accept-version:1.2", "host:x")),
        frame(
            "an expired token",
            "unauthenticated",
            RawClient.connectFrame("alice@2020-01-01T00:00:00Z")),
        frame(
            "only older versions",
            "invalid-value",
            RawClient.frame("CONNECT", "", "accept-version:1.0,1.1", "Authorization:Bearer a")),
        frame(
            "a heart-beat that is none",
            "invalid-value",
            RawClient.connectFrame("alice", "heart-beat:often")));
  }

  /** The session is told, and goes on. */
  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("requests")
  void requestIsRejected(String what, String code, Consumer<RawClient> act) {
    try (RawClient client = edge.connect("alice")) {
      client.subscribed("rejected", Destinations.REJECTIONS);
      act.accept(client);
      RawClient.Frame frame = client.next("MESSAGE");
      assertThat(frame.header("subscription")).isEqualTo("rejected");
      assertThat(frame.header("destination")).isEqualTo("/user/queue/rejections");
      assertProblem(frame, code);
      client.say("c-1", "still here", "receipt:r");
      client.receipt("r");
    }
  }

  /** Without a place for rejections the session ends. */
  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource({"requests", "frames"})
  void sessionEndsWithError(String what, String code, Consumer<RawClient> act) {
    try (RawClient client = edge.connect("alice")) {
      act.accept(client);
      assertError(client, code);
    }
  }

  /** Even with a place for rejections: who does not speak STOMP cannot be told on. */
  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("frames")
  void badFrameEndsTheSession(String what, String code, Consumer<RawClient> act) {
    try (RawClient client = edge.connect("alice")) {
      client.subscribed("rejected", Destinations.REJECTIONS);
      act.accept(client);
      assertError(client, code);
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("connects")
  void connectIsRefused(String what, String code, Consumer<RawClient> act) {
    try (RawClient client = RawClient.open(edge.port())) {
      act.accept(client);
      assertError(client, code);
    }
  }

  @Test
  void rejectionNamesTheReceipt() {
    try (RawClient client = edge.connect("alice")) {
      client.subscribed("rejected", Destinations.REJECTIONS);
      client.say("c-others", "x", "receipt:r-7");
      assertThat(client.next("MESSAGE").header("receipt-id")).isEqualTo("r-7");
    }
    try (RawClient client = edge.connect("alice")) {
      client.say("c-others", "x", "receipt:r-8");
      assertThat(client.next("ERROR").header("receipt-id")).isEqualTo("r-8");
    }
  }

  @Test
  void handshakeRefusesOtherSubprotocols() {
    assertThat(RawClient.handshake(edge.port(), 0).handshake).startsWith("HTTP/1.1 101");
    assertThat(RawClient.handshake(edge.port(), 0, "Sec-WebSocket-Protocol: mqtt").handshake)
        .startsWith("HTTP/1.1 400");
  }

  @Test
  void handshakeChecksTheOrigin() {
    String protocol = "Sec-WebSocket-Protocol: v10.stomp, v12.stomp";
    int port = edge.port();
    assertThat(RawClient.handshake(port, 0, protocol, "Origin: https://evil.example").handshake)
        .startsWith("HTTP/1.1 403");
    assertThat(RawClient.handshake(port, 0, protocol, "Origin: https://chat.example").handshake)
        .startsWith("HTTP/1.1 101");
    assertThat(RawClient.handshake(port, 0, protocol, "Origin: http://127.0.0.1:" + port).handshake)
        .startsWith("HTTP/1.1 101");
    assertThat(RawClient.handshake(port, 0, protocol).handshake).startsWith("HTTP/1.1 101");
  }

  @Test
  void compressionIsNotNegotiated() {
    RawClient client =
        RawClient.handshake(
            edge.port(),
            0,
            "Sec-WebSocket-Protocol: v12.stomp",
            "Sec-WebSocket-Extensions: permessage-deflate");
    assertThat(client.handshake)
        .startsWith("HTTP/1.1 101")
        .doesNotContainIgnoringCase("Sec-WebSocket-Extensions");
  }

  private static void assertError(RawClient client, String code) {
    RawClient.Frame error = client.next();
    while (error.command().equals("RECEIPT") || error.command().equals("MESSAGE")) {
      error = client.next();
    }
    assertThat(error.command()).isEqualTo("ERROR");
    assertThat(error.header("message")).isNotBlank();
    assertProblem(error, code);
    assertThat(client.awaitClose()).isEqualTo(new RawClient.Close(4400, code));
  }

  private static void assertProblem(RawClient.Frame frame, String code) {
    assertThat(frame.header("code")).isEqualTo(code);
    assertThat(frame.header("content-type")).isEqualTo(Problem.MEDIA_TYPE);
    JsonNode problem = new JsonMapper().readTree(frame.body());
    assertThat(problem.get("code").stringValue()).isEqualTo(code);
    assertThat(frame.body())
        .doesNotContain("Exception", "\tat ", "org.springframework", "io.confab");
  }
}
