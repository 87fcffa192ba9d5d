package io.confab.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confab.kafka.LocalKafka;
import io.confab.standalone.replay.TestStore;
import io.confab.standalone.replay.TestTopics;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/**
 * The packaged program's replay as a process of its own: killed, told to stop, beside a server or a
 * cluster.
 */
class ReplayIT {
  private static final int ATTEMPTS = 10;
  private static final Duration LONG = Duration.ofSeconds(90);
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path directory;

  private record Ended(int exit, byte[] out, String err) {}

  private static Process start(String... arguments) throws Exception {
    Process process = ServerProcess.command(arguments).start();
    process.getOutputStream().close();
    return process;
  }

  private static Ended run(String... arguments) throws Exception {
    Process process = start(arguments);
    byte[] out = process.getInputStream().readAllBytes();
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), out, err);
  }

  @Test
  void theSameBytesComeOutAfterKillsAndInterrupts() throws Exception {
    Path dataDir = directory.resolve("data");
    byte[] expected;
    try (TestStore store = TestStore.in(dataDir).append(40_000, 1_000)) {
      expected = store.lines();
    }
    assertResumes(expected, "--data-dir=" + dataDir);
    Ended ended = run("replay", "--to=" + file(), "--data-dir=" + dataDir);
    assertThat(ended.err)
        .isEqualTo("confab: 40,000 lines in " + file() + ", from 40,000 of 40,000 events\n");
  }

  @Test
  void theSameBytesComeOutOfKafkaAfterKillsAndInterrupts() throws Exception {
    try (LocalKafka kafka = LocalKafka.start(Files.createDirectory(directory.resolve("broker")))) {
      TestTopics topics = TestTopics.in(kafka, 2).append(16_000, 1_000);
      byte[] expected = topics.lines();
      assertResumes(expected, "--kafka=" + kafka.servers());
      Ended ended = run("replay", "--to=-", "--kafka=" + kafka.servers());
      assertThat(ended.exit).isZero();
      assertThat(ended.out).isEqualTo(expected);
      assertThat(ended.err)
          .isEqualTo("confab: 16,000 lines in standard output, from 16,000 of 16,000 records\n");
    }
  }

  private Path file() {
    return directory.resolve("events.ndjson");
  }

  /** Ends a replay of that log three times, and then lets it come to its end. */
  private void assertResumes(byte[] expected, String log) throws Exception {
    Path file = file();
    Path position = directory.resolve("events.ndjson.position");
    String[] replay = {"replay", "--to=" + file, log};
    int kills = 0;
    int resumedFrom = 0;
    for (int attempt = 0; attempt < ATTEMPTS && kills < 3; attempt++) {
      Process process = start(replay);
      while (process.isAlive() && (!Files.exists(position) || bytes(position) <= resumedFrom)) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      if (kills == 2) {
        process.toHandle().destroy(); // as Ctrl-C does, and leaves the pipe open
      } else {
        process.destroyForcibly();
      }
      int exit = process.waitFor();
      if (exit == 0 || bytes(position) == expected.length) { // it was faster
        Files.delete(file);
        Files.delete(position);
        resumedFrom = 0;
        continue;
      }
      kills++;
      resumedFrom = bytes(position);
      assertThat(resumedFrom).isLessThan(expected.length);
      assertThat(Files.size(file)).isGreaterThanOrEqualTo(resumedFrom);
      if (kills == 3) {
        assertThat(Files.size(file)).isEqualTo(resumedFrom);
        assertThat(new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
            .startsWith("confab: interrupted: ");
      }
    }
    assertThat(kills).isEqualTo(3);
    assertThat(resumedFrom).isPositive();
    Ended ended = run(replay);
    assertThat(ended.exit).isZero();
    assertThat(ended.out).isEmpty();
    assertThat(ended.err.lines()).hasSize(1);
    assertThat(file).hasBinaryContent(expected);
  }

  private static int bytes(Path position) throws Exception {
    return JSON.readTree(Files.readAllBytes(position)).get("bytes").asInt();
  }

  @Test
  void readsBesideTheServerWhatItAnswersItself() throws Exception {
    try (ServerProcess server = ServerProcess.target(directory).start()) {
      Rest alice = Rest.as(server, "alice");
      String conversation = alice.start("group", "Replays", List.of("alice", "bob"));
      for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 100; i++) {
          alice.post(
              "/api/conversations/" + conversation + "/messages", "{\"body\":\"" + i + "\"}");
        }
        int events = 1 + 100 * (round + 1);
        byte[] answered = await().atMost(LONG).until(() -> answered(server), has(events));
        Ended ended = run("replay", "--to=-", server.replayed());
        assertThat(ended.exit).isZero();
        assertThat(ended.out).isEqualTo(answered);
        assertThat(ended.err)
            .matches(
                "confab: %d lines in standard output, %s\\R"
                    .formatted(events, server.replayedAll(events)));
      }
      assertThat(server.stop()).isIn(0, 143);
      assertThat(server.output()).doesNotContain("ERROR", "Exception", " WARN ");
    }
  }

  private static Predicate<byte[]> has(int events) {
    return lines -> new String(lines, StandardCharsets.UTF_8).lines().count() == events;
  }

  private static byte[] answered(ServerProcess server) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(server.uri("/api/events"))
            .header("Authorization", "Bearer " + Rest.as(server, "ann", "analyst").token)
            .build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofByteArray()).body();
  }

  @Test
  void argumentsAtFaultEndWithOneLine() throws Exception {
    Ended ended = run("replay", "--to=f", "--since=yesterday");
    assertThat(ended.exit).isEqualTo(2);
    assertThat(ended.out).isEmpty();
    assertThat(ended.err.lines())
        .containsExactly(
            "confab: --since yesterday is not a time: 2026-11-24T09:30:00Z, or 2026-11-24 for"
                + " midnight, UTC");
    Ended help = run("replay", "--help");
    assertThat(help.exit).isZero();
    assertThat(new String(help.out, StandardCharsets.UTF_8)).startsWith("Usage: ./confab replay ");
  }
}
