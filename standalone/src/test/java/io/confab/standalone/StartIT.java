package io.confab.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator sees when the server starts, cannot start, and stops. */
class StartIT {
  @TempDir Path directory;

  @Test
  void saysWhereItIsAndStopsCleanly() throws Exception {
    try (ServerProcess server = new ServerProcess(directory).start()) {
      assertThat(server.output())
          .contains("Confab is ready on http://localhost:" + server.port)
          .doesNotContain("ERROR", "Exception");
      assertThat(get(server, "/actuator/prometheus"))
          .contains("confab_commands_", "confab_store_", "confab_edge_", "confab_projections_");
      assertThat(get(server, "/actuator/health/readiness")).contains("\"status\":\"UP\"");
      assertThat(get(server, "/")).contains("<title>");
      assertThat(get(server, "/api/openapi.yaml")).contains("openapi: 3");
      int exit = server.stop();
      assertThat(exit).isIn(0, 143); // the JVM reports SIGTERM as 128 + 15
      assertThat(server.output()).doesNotContain("ERROR", "Exception", " WARN ");
    }
  }

  @Test
  void aPortInUseEndsWithOneLine() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertRefused(
          "Port " + taken.getLocalPort(),
          "--port",
          "" + taken.getLocalPort(),
          "--data-dir",
          directory.resolve("data").toString());
    }
  }

  @Test
  void aDirectoryThatCannotBeWrittenEndsWithOneLine() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    assertRefused(
        file.resolve("data") + " cannot be written",
        "--port=0",
        "--data-dir=" + file.resolve("data"));
  }

  @Test
  void aDirectoryInUseEndsWithOneLine() throws Exception {
    try (ServerProcess server = new ServerProcess(directory).start()) {
      assertRefused("is in use by another Confab", "--port=0", "--data-dir=" + server.dataDir);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--port=99999", "--port=x", "--port", "--data-dir", "start", "--verbose"})
  void anArgumentThatIsNoneEndsWithOneLine(String argument) throws Exception {
    assertRefused(argument.split("=")[0], argument);
  }

  @Test
  void listeningElsewhereWithTheServersOwnKeyEndsWithOneLine() throws Exception {
    assertRefused(
        "server.address is 0.0.0.0",
        "--port=0",
        "--server.address=0.0.0.0",
        "--data-dir=" + directory.resolve("data"));
  }

  private static void assertRefused(String line, String... arguments) throws Exception {
    Process process = ServerProcess.command(arguments).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output.strip()).startsWith("confab: ").contains(line).doesNotContain("\n");
    assertThat(process.exitValue()).isEqualTo(1);
  }

  private static String get(ServerProcess server, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(server.uri(path)).build(), BodyHandlers.ofString())
        .body();
  }
}
