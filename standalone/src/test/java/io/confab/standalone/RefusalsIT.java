package io.confab.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.SignedJWT;
import io.confab.web.Caller;
import io.confab.web.DevKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * What is not allowed is refused by name, from outside, over REST and STOMP, and changes nothing.
 */
class RefusalsIT {
  @TempDir static Path directory;

  private static ServerProcess server;
  private static Rest alice;
  private static Rest bob;
  private static Rest mallory;
  private static String group;
  private static long message;
  private static long reply;
  private static long tombstone;

  @BeforeAll
  static void start() throws Exception {
    server = ServerProcess.target(directory).start();
    alice = Rest.as(server, "alice");
    bob = Rest.as(server, "bob");
    mallory = Rest.as(server, "mallory");
    group = alice.start("group", "Refusals", List.of("bob"));
    message = sent("/messages", "{\"body\":\"kept\"}");
    reply = sent("/messages/" + message + "/replies", "{\"body\":\"a reply\"}");
    tombstone = sent("/messages", "{\"body\":\"to be deleted\"}");
    assertThat(alice.send("DELETE", path("/messages/" + tombstone), null).status()).isEqualTo(200);
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  private static long sent(String path, String json) throws Exception {
    return alice.post(path(path), json).body().get("sequence").longValue();
  }

  private static String path(String rest) {
    return "/api/conversations/" + group + rest;
  }

  /** Message, reply and tombstone stand for the sequences of the fixture. */
  private static String resolve(String template) {
    return template
        .replace("{message}", "" + message)
        .replace("{reply}", "" + reply)
        .replace("{tombstone}", "" + tombstone);
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "POST   | /messages                         | {\"body\":              | 400 | malformed-request",
        "POST   | /messages                         | [1,2]                   | 400 | malformed-request",
        "POST   | /messages                         | {\"body\":7}            | 400 | malformed-request",
        "POST   | /messages                         | {}                      | 400 | malformed-request",
        "POST   | /messages                         | {\"body\":\"  \"}       | 400 | invalid-value",
        "POST   | /messages                         | {\"body\":\"a\",\"clientMessageId\":\"a b\"} | 400 | invalid-value",
        "POST   | /messages/x/replies               | {\"body\":\"a\"}        | 400 | invalid-value",
        "POST   | /messages/999/replies             | {\"body\":\"a\"}        | 404 | unknown-message",
        "POST   | /messages/{tombstone}/replies     | {\"body\":\"a\"}        | 409 | message-deleted",
        "PATCH  | /messages/{tombstone}             | {\"body\":\"a\"}        | 409 | message-deleted",
        "PUT    | /messages/{message}/reactions/ok  |                         | 400 | invalid-emoji",
        "PUT    | /messages/{message}/reactions/%F0%9F%91%8D%F0%9F%91%8D | | 400 | invalid-emoji",
        "PUT    | /messages/{tombstone}/reactions/%F0%9F%91%8D |           | 409 | message-deleted",
        "PUT    | /read                             | {\"upTo\":9999}         | 400 | invalid-value",
        "PUT    | /read                             | {\"upTo\":\"x\"}        | 400 | malformed-request",
        "GET    | /messages?before=3&after=1        |                         | 400 | invalid-value",
        "GET    | /messages?limit=0                 |                         | 400 | invalid-value",
        "GET    | /messages?limit=100000            |                         | 400 | invalid-value",
        "GET    | /messages?before=x                |                         | 400 | invalid-value",
        "GET    | /messages/999                     |                         | 404 | unknown-message",
        "GET    | /nothing                          |                         | 404 | unknown-path",
        "PUT    | /members/nobody/role              | {\"role\":\"owner\"}    | 404 | unknown-member",
        "PUT    | /members/bob/role                 | {\"role\":\"king\"}     | 400 | invalid-value",
        "DELETE | /members/nobody                   |                         | 404 | unknown-member",
        "PATCH  |                                   | {\"title\":\"\"}        | 400 | invalid-value",
      })
  void overRest(String method, String path, String json, int status, String code) throws Exception {
    int before = alice.log(group).size();
    Rest.Answer answer = alice.send(method, path(resolve(path == null ? "" : path)), json);
    assertThat(answer.code()).as("%s", answer).isEqualTo(code);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body().get("detail").stringValue()).isNotBlank();
    assertThat(alice.log(group)).hasSize(before);
  }

  @Test
  void aBodyOverTheLimitIsRefusedWithItsSizeAndTheLimit() throws Exception {
    Rest.Answer answer = alice.post(path("/messages"), "{\"body\":\"" + "é".repeat(14_337) + "\"}");
    assertThat(answer.code()).isEqualTo("body-too-large");
    assertThat(answer.body().get("value").stringValue()).contains("28674");
    assertThat(answer.body().get("limit").stringValue()).contains("28672");
    assertThat(alice.post(path("/messages"), "{\"body\":\"" + "é".repeat(14_336) + "\"}").status())
        .isEqualTo(201);
  }

  @Test
  void aChannelOf26000IsRefusedWithTheCountAndTheLimit() throws Exception {
    String members =
        IntStream.range(0, 26_000).mapToObj(i -> "\"u" + i + "\"").collect(Collectors.joining(","));
    Rest.Answer answer =
        alice.post(
            "/api/conversations",
            "{\"kind\":\"channel\",\"title\":\"Big\",\"members\":[" + members + "]}");
    assertThat(answer.code()).isEqualTo("too-many-members");
    assertThat(answer.body().get("value").stringValue()).contains("26001");
    assertThat(answer.body().get("limit").stringValue()).contains("25000");
  }

  @Test
  void aReplyToAReplyJoinsTheThreadOfItsRoot() throws Exception {
    long second = sent("/messages/" + reply + "/replies", "{\"body\":\"to the reply\"}");
    JsonNode event = alice.log(group).get((int) second);
    assertThat(event.get("data").get("root").longValue()).isEqualTo(message);
    JsonNode thread = alice.get(path("/messages/" + message + "/replies")).body().get("items");
    assertThat(thread).anyMatch(item -> item.get("sequence").longValue() == second);
    assertThat(alice.get(path("/messages")).body().get("items"))
        .noneMatch(item -> item.get("sequence").longValue() == second);
  }

  @Test
  void onlyTheAuthorEdits() throws Exception {
    Rest.Answer answer = bob.send("PATCH", path("/messages/" + message), "{\"body\":\"not mine\"}");
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.code()).isEqualTo("not-the-author");
  }

  @Test
  void tokensThatAreMissingExpiredOrWronglySignedAreRefused() throws Exception {
    DevKey foreign = DevKey.in(directory.resolve("foreign.json"));
    DevKey own = DevKey.in(server.dataDir.resolve("dev-signing-key.json"));
    Set<Caller.Role> roles = Set.of(Caller.Role.USER);
    String expired =
        own.token("alice", roles, Instant.now().minus(DevKey.VALIDITY).minusSeconds(600));
    assertThat(SignedJWT.parse(expired).getJWTClaimsSet().getSubject()).isEqualTo("alice");
    for (String token : List.of("", "x", expired, foreign.token("alice", roles, Instant.now()))) {
      Rest.Answer answer = alice.withToken(token).get("/api/me/conversations");
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.code()).isEqualTo("unauthenticated");
      try (RawStomp stomp = RawStomp.open(server)) {
        stomp.frame("CONNECT", "", "accept-version:1.2", "Authorization:Bearer " + token);
        assertThat(stomp.next("ERROR").header("code")).isEqualTo("unauthenticated");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/members",
        "/messages",
        "/messages/{message}",
        "/messages/{message}/replies",
        "/messages/{message}/reactions",
        "/events"
      })
  void whoIsNotAMemberReadsNothing(String path) throws Exception {
    Rest.Answer answer = mallory.get(path(resolve(path)));
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.code()).isEqualTo("not-a-member");
    assertThat(mallory.get("/api/conversations/c-none" + resolve(path)).code())
        .isEqualTo("unknown-conversation");
  }

  @Test
  void whoIsNotAMemberSendsNothingAndSubscribesToNothing() throws Exception {
    int before = alice.log(group).size();
    assertThat(mallory.post(path("/messages"), "{\"body\":\"x\"}").code())
        .isEqualTo("not-a-member");
    try (RawStomp stomp = RawStomp.connected(server, mallory.token)) {
      stomp.frame(
          "SEND",
          "{\"body\":\"x\"}",
          "destination:/app/conversations/" + group + "/messages",
          "receipt:1");
      RawStomp.Frame refused = stomp.next("MESSAGE");
      assertThat(refused.header("code")).isEqualTo("not-a-member");
      assertThat(refused.header("receipt-id")).isEqualTo("1");
      stomp.frame(
          "SUBSCRIBE", "", "id:1", "destination:/topic/conversations/" + group, "receipt:2");
      assertThat(stomp.next("MESSAGE").header("code")).isEqualTo("not-a-member");
    }
    assertThat(alice.log(group)).hasSize(before);
  }

  @Test
  void aRemovedMemberReceivesNothingMoreAndCanReadAndSendNothing() throws Exception {
    Rest eve = Rest.as(server, "eve");
    String c = alice.start("group", "With Eve", List.of("eve", "bob"));
    try (RawStomp stomp = RawStomp.connected(server, eve.token)) {
      stomp.frame("SUBSCRIBE", "", "id:t", "destination:/topic/conversations/" + c, "receipt:s1");
      stomp.next("RECEIPT");
      stomp.frame("SUBSCRIBE", "", "id:i", "destination:/user/queue/inbox", "receipt:s2");
      stomp.next("RECEIPT");
      assertThat(alice.send("DELETE", "/api/conversations/" + c + "/members/eve", null).status())
          .isEqualTo(200);
      assertThat(alice.post("/api/conversations/" + c + "/messages", "{\"body\":\"x\"}").status())
          .isEqualTo(201);
      assertThat(
              List.of(stomp.next("MESSAGE").header("type"), stomp.next("MESSAGE").header("type")))
          .containsExactly("MemberRemoved", "MemberRemoved");
      assertThat(eve.get("/api/conversations/" + c + "/messages").code()).isEqualTo("not-a-member");
      assertThat(eve.post("/api/conversations/" + c + "/messages", "{\"body\":\"x\"}").code())
          .isEqualTo("not-a-member");
      stomp.frame(
          "SEND",
          "{\"body\":\"x\"}",
          "destination:/app/conversations/" + c + "/messages",
          "receipt:3");
      RawStomp.Frame refused = stomp.next("MESSAGE"); // and no event of the conversation before it
      assertThat(refused.header("code")).isEqualTo("not-a-member");
      assertThat(stomp.rest()).isEmpty();
    }
  }

  @Test
  void rejectionsOverStompAreNamedAndTheSessionGoesOn() throws Exception {
    String send = "destination:/app/conversations/" + group + "/messages";
    try (RawStomp stomp = RawStomp.connected(server, alice.token)) {
      record Row(String code, String body, String destination) {}
      for (Row row :
          List.of(
              new Row("malformed-request", "{\"body\":", send),
              new Row("malformed-request", "{\"body\":[]}", send),
              new Row("unknown-destination", "{}", "destination:/app/nowhere"),
              new Row("unknown-destination", "{}", "destination:nowhere"),
              new Row("invalid-value", "{}", "destination:/app/conversations/a\\nb/messages"),
              new Row(
                  "invalid-emoji",
                  "{\"emoji\":\"ok\"}",
                  "destination:/app/conversations/" + group + "/messages/" + message + "/react"),
              new Row(
                  "invalid-value",
                  "{\"upTo\":12345}",
                  "destination:/app/conversations/" + group + "/read"))) {
        stomp.frame("SEND", row.body(), row.destination(), "receipt:x");
        RawStomp.Frame rejection = stomp.next("MESSAGE");
        assertThat(rejection.header("code")).as("%s", row).isEqualTo(row.code());
        assertThat(rejection.header("destination")).isEqualTo("/user/queue/rejections");
        assertThat(rejection.body()).contains("\"detail\"").doesNotContain("Exception");
      }
      stomp.frame("SEND", "{\"body\":\"no receipt asked for\"}", send);
      stomp.frame("SEND", "{\"body\":\"still here\"}", send, "receipt:last");
      assertThat(stomp.next("RECEIPT").header("receipt-id")).isEqualTo("last");
    }
  }

  @Test
  void aRejectionThatNobodySubscribedToEndsTheSession() throws Exception {
    try (RawStomp stomp = RawStomp.open(server)) {
      stomp.frame("CONNECT", "", "accept-version:1.2", "Authorization:Bearer " + alice.token);
      stomp.next("CONNECTED");
      stomp.frame("SEND", "{}", "destination:/app/nowhere", "receipt:7");
      RawStomp.Frame error = stomp.next("ERROR");
      assertThat(error.header("code")).isEqualTo("unknown-destination");
      assertThat(error.header("receipt-id")).isEqualTo("7");
      stomp.closeCode();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "oversized, frame-too-large",
    "binary, unsupported-media-type",
    "garbage, malformed-request",
    "early, unauthenticated"
  })
  void framesThatAreNoneEndTheSessionByName(String what, String code) throws Exception {
    try (RawStomp stomp = RawStomp.open(server)) {
      if (!what.equals("early")) {
        stomp.frame("CONNECT", "", "accept-version:1.2", "Authorization:Bearer " + alice.token);
        stomp.next("CONNECTED");
      }
      String send = "destination:/app/conversations/" + group + "/messages";
      switch (what) {
        case "oversized" -> stomp.frame("SEND", "x".repeat(70_000), send);
        case "binary" -> stomp.binary("SEND\n\n\0".getBytes(StandardCharsets.UTF_8));
        case "garbage" -> stomp.text("NOT A FRAME\n\n\0");
        default -> stomp.frame("SEND", "{}", send);
      }
      RawStomp.Frame error = stomp.next("ERROR");
      assertThat(error.header("code")).isEqualTo(code);
      assertThat(error.body()).doesNotContain("Exception", "io.confab");
      stomp.closeCode();
    }
    assertThat(alice.get(path("")).status()).isEqualTo(200);
  }
}
