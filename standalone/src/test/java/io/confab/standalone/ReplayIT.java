package io.confab.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.standalone.replay.TestStore;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged program's replay as a process of its own: killed, told to stop, beside a server. */
class ReplayIT {
  private static final int ATTEMPTS = 10;

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
    Path file = directory.resolve("events.ndjson");
    Path position = directory.resolve("events.ndjson.position");
    byte[] expected;
    try (TestStore store = TestStore.in(dataDir).append(40_000, 1_000)) {
      expected = store.lines();
    }
    String[] replay = {"replay", "--to=" + file, "--data-dir=" + dataDir};

    int kills = 0;
    int resumedFrom = 0;
    for (int attempt = 0; attempt < ATTEMPTS && kills < 3; attempt++) {
      Process process = start(replay);
      while (process.isAlive() && (!Files.exists(position) || bytes(position) <= resumedFrom)) {
        Thread.onSpinWait();
      }
      if (kills == 2) {
        process.toHandle().destroy(); // as Ctrl-C does, and leaves the pipe open
      } else {
        process.destroyForcibly();
      }
      int exit = process.waitFor();
      if (exit == 0) { // it was faster
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
    assertThat(ended.err)
        .isEqualTo("confab: 40,000 lines in " + file + ", from 40,000 of 40,000 events\n");
    assertThat(file).hasBinaryContent(expected);
  }

  private static int bytes(Path position) throws Exception {
    String json = Files.readString(position);
    return Integer.parseInt(json.replaceAll(".*\"bytes\":(\\d+).*", "$1"));
  }

  @Test
  void readsBesideTheServerWhatItAnswersItself() throws Exception {
    try (ServerProcess server = new ServerProcess(directory).start()) {
      Rest alice = Rest.as(server, "alice");
      String conversation = alice.start("group", "Replays", List.of("alice", "bob"));
      for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 100; i++) {
          alice.post(
              "/api/conversations/" + conversation + "/messages", "{\"body\":\"" + i + "\"}");
        }
        Ended ended = run("replay", "--to=-", "--data-dir", server.dataDir.toString());
        assertThat(ended.exit).isZero();
        assertThat(ended.out).isEqualTo(answered(server));
        assertThat(ended.err)
            .isEqualTo(
                String.format(
                    "confab: %1$d lines in standard output, from %1$d of %1$d events%n",
                    1 + 100 * (round + 1)));
      }
      assertThat(server.stop()).isIn(0, 143);
      assertThat(server.output()).doesNotContain("ERROR", "Exception", " WARN ");
    }
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
