package io.confab.standalone;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One user's view of a server over HTTP. */
final class Rest {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long RETRY_MILLIS = 200;
  private static final JsonMapper JSON = new JsonMapper();
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  record Answer(int status, JsonNode body) {
    String code() {
      return body.path("code").asString("");
    }
  }

  private final ServerProcess server;
  final String user;
  final String token;

  private Rest(ServerProcess server, String user, String token) {
    this.server = server;
    this.user = user;
    this.token = token;
  }

  static Rest as(ServerProcess server, String user, String... roles)
      throws IOException, InterruptedException {
    String names =
        Arrays.stream(roles.length == 0 ? new String[] {"user"} : roles)
            .map(role -> '"' + role + '"')
            .collect(Collectors.joining(",", "[", "]"));
    Answer answer =
        new Rest(server, user, "")
            .post("/api/dev/tokens", "{\"user\":\"" + user + "\",\"roles\":" + names + "}");
    return new Rest(server, user, answer.body().get("token").stringValue());
  }

  Rest withToken(String other) {
    return new Rest(server, user, other);
  }

  Answer get(String path) throws IOException, InterruptedException {
    return send("GET", path, null);
  }

  Answer post(String path, String json) throws IOException, InterruptedException {
    return send("POST", path, json);
  }

  /**
   * As the published contract says, a read that is unavailable for now is asked for again; every
   * other answer is given as it is.
   */
  Answer send(String method, String path, String json) throws IOException, InterruptedException {
    boolean repeatable = method.equals("GET") || (method.equals("PUT") && path.endsWith("/read"));
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      Answer answer = once(method, path, json);
      boolean unavailable = answer.status() == 503 && answer.code().equals("unavailable");
      if (!repeatable || !unavailable || System.nanoTime() > deadline) {
        return answer;
      }
      TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
    }
  }

  private Answer once(String method, String path, String json)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.uri(path))
            .method(method, json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
    if (json != null) {
      request.header("Content-Type", "application/json");
    }
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    HttpResponse<byte[]> response = CLIENT.send(request.build(), BodyHandlers.ofByteArray());
    JsonNode body =
        response.body().length == 0
                || !response.headers().firstValue("content-type").orElse("").contains("json")
            ? JSON.createObjectNode()
            : JSON.readTree(response.body());
    return new Answer(response.statusCode(), body);
  }

  /** Starts a conversation and returns its id. */
  String start(String kind, String title, List<String> members)
      throws IOException, InterruptedException {
    String list = members.stream().map(m -> '"' + m + '"').collect(Collectors.joining(","));
    String titled = title == null ? "" : "\"title\":\"" + title + "\",";
    Answer answer =
        post(
            "/api/conversations",
            "{\"kind\":\"" + kind + "\"," + titled + "\"members\":[" + list + "]}");
    if (answer.status() != 201 && answer.status() != 200) {
      throw new IllegalStateException(answer.toString());
    }
    return answer.body().get("conversation").stringValue();
  }

  /** The whole log of a conversation. */
  List<JsonNode> log(String conversation) throws IOException, InterruptedException {
    List<JsonNode> events = new ArrayList<>();
    while (true) {
      Answer answer =
          get("/api/conversations/" + conversation + "/events?limit=1000&from=" + events.size());
      if (answer.status() != 200) {
        throw new IllegalStateException(answer.toString());
      }
      JsonNode items = answer.body().get("items");
      if (items.isEmpty()) {
        return events;
      }
      items.forEach(events::add);
    }
  }
}
