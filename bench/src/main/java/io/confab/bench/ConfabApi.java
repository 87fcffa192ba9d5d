package io.confab.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What a measurement needs of the REST interface at a port of this machine. */
record ConfabApi(int port, HttpClient http) {

  static ConfabApi at(int port) {
    return new ConfabApi(port, HttpClient.newHttpClient());
  }

  /** A development token of that user. */
  String token(String user) throws IOException, InterruptedException {
    ObjectNode body = Child.JSON.createObjectNode().put("user", user);
    body.putArray("roles").add("user");
    return post("/api/dev/tokens", null, body).get("token").stringValue();
  }

  /** A conversation of that kind with these members; returns its id. */
  String start(String kind, String token, List<String> members)
      throws IOException, InterruptedException {
    ObjectNode body = Child.JSON.createObjectNode().put("kind", kind).put("title", "bench");
    ArrayNode array = body.putArray("members");
    members.forEach(array::add);
    return post("/api/conversations", token, body).get("conversation").stringValue();
  }

  /** Whether the views show the conversation to the user of that token. */
  boolean shows(String token, String conversation) throws IOException, InterruptedException {
    HttpRequest request =
        request("/api/conversations/" + conversation)
            .header("Authorization", "Bearer " + token)
            .build();
    return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
  }

  private JsonNode post(String path, @Nullable String token, ObjectNode body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(Child.JSON.writeValueAsString(body)));
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
    if (response.statusCode() / 100 != 2) {
      throw new IOException(path + ": " + response.statusCode() + " " + response.body());
    }
    return Child.JSON.readTree(response.body());
  }
}
