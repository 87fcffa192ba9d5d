package io.confab.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The packaged application as a process, on a data directory of its own. */
record ConfabServer(Child process, int port, HttpClient http) {

  /** Returns when the application has said that it is ready. */
  static ConfabServer start(Settings settings, String name) throws IOException {
    Path data = TemporaryDirectory.create(name);
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    List<String> command = Child.jvm();
    command.addAll(
        List.of(
            "-jar",
            settings.confabJar().toString(),
            "--port",
            String.valueOf(port),
            "--data-dir",
            data.toString()));
    if (!Files.exists(settings.confabJar())) {
      throw new IOException(settings.confabJar() + " is missing: build the application first");
    }
    Child process = Child.launch(settings, name, command);
    process.line(":" + port);
    process.drain();
    return new ConfabServer(process, port, HttpClient.newHttpClient());
  }

  /** A development token of that user. */
  String token(String user) throws IOException, InterruptedException {
    ObjectNode body = Child.JSON.createObjectNode().put("user", user);
    body.putArray("roles").add("user");
    return post("/api/dev/tokens", null, body).get("token").stringValue();
  }

  /** A channel with these members; returns its id. */
  String startChannel(String token, List<String> members) throws IOException, InterruptedException {
    ObjectNode body = Child.JSON.createObjectNode().put("kind", "channel").put("title", "bench");
    ArrayNode array = body.putArray("members");
    members.forEach(array::add);
    return post("/api/conversations", token, body).get("conversation").stringValue();
  }

  private JsonNode post(String path, @Nullable String token, ObjectNode body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
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
