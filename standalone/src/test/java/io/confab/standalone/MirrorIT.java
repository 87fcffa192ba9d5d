package io.confab.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confab.kafka.KafkaSettings;
import io.confab.kafka.MirroredEvents;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The packaged server, or a cluster, with Kafka: both are killed with -9 while messages are sent,
 * and then every event of the log is in Kafka, in order, with the bytes that the server gives.
 */
class MirrorIT {
  private static final Duration LONG = Duration.ofSeconds(90);
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path directory;

  @Test
  void whatIsInTheLogIsInKafkaWhoeverIsKilled() throws Exception {
    try (ServerProcess server = ServerProcess.targetWithKafka(directory)) {
      server.start();
      KafkaSettings settings = server.kafka();
      Rest rest = Rest.as(server, "alice");
      List<String> conversations = new ArrayList<>();
      for (String kind : List.of("channel", "group", "direct")) {
        conversations.add(rest.start(kind, kind.equals("direct") ? null : kind, List.of("bob")));
      }
      send(rest, conversations);
      server.killKafka();
      send(rest, conversations);
      server.kill();
      server.startKafka();
      server.start();
      send(rest, conversations);

      for (String conversation : conversations) {
        List<JsonNode> log = rest.log(conversation);
        await()
            .atMost(LONG)
            .until(() -> MirroredEvents.read(settings).of(conversation).size() == log.size());
        assertThat(MirroredEvents.read(settings).of(conversation))
            .extracting(
                event -> JSON.readTree(new String(event.envelope(), StandardCharsets.UTF_8)))
            .isEqualTo(log);
      }
    }
  }

  private static void send(Rest rest, List<String> conversations) throws Exception {
    for (int i = 0; i < 20; i++) {
      for (String conversation : conversations) {
        Rest.Answer answer =
            rest.post(
                "/api/conversations/" + conversation + "/messages", "{\"body\":\"m" + i + "\"}");
        assertThat(answer.status()).isEqualTo(201);
      }
    }
  }
}
