package io.confab.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator sees when the server, or a cluster, starts, cannot start, and stops. */
class StartIT {
  @TempDir Path directory;

  @Test
  void saysWhereItIsAndStopsCleanly() throws Exception {
    try (ServerProcess server = ServerProcess.target(directory).start()) {
      assertThat(server.output())
          .contains("Confab is ready on http://localhost:" + server.port)
          .doesNotContain("ERROR", "Exception");
      assertThat(String.join("\n", server.getOfEach("/actuator/prometheus")))
          .contains("confab_commands_", "confab_store_", "confab_edge_", "confab_projections_");
      assertThat(server.getOfEach("/actuator/health/readiness"))
          .allSatisfy(readiness -> assertThat(readiness).contains("\"status\":\"UP\""));
      assertThat(server.get("/")).contains("<title>");
      assertThat(server.get("/api/openapi.yaml")).contains("openapi: 3");
      int exit = server.stop();
      assertThat(exit).isIn(0, 143); // the JVM reports SIGTERM as 128 + 15
      assertThat(server.output()).doesNotContain("ERROR", "Exception", " WARN ");
    }
  }

  @Test
  void aPortInUseEndsWithOneLine() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerProcess server = ServerProcess.target(directory)) {
      int port = taken.getLocalPort();
      assertRefused(server.startingAt(port, server.dataDir), "Port " + port);
      assertThat(server.dataDir).doesNotExist();
    }
  }

  @Test
  void aDirectoryThatCannotBeWrittenEndsWithOneLine() throws Exception {
    Path dataDir = Files.createFile(directory.resolve("file")).resolve("data");
    ServerProcess server = ServerProcess.target(directory);
    assertRefused(server.startingAt(server.port, dataDir), dataDir + " cannot be written");
  }

  @Test
  void aDirectoryInUseEndsWithOneLine() throws Exception {
    try (ServerProcess server = ServerProcess.target(directory).start()) {
      ServerProcess other = ServerProcess.target(directory);
      assertRefused(
          other.startingAt(other.port, server.dataDir), server.dataDir + " is ", "another Confab");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--port=99999", "--port=x", "--port", "--data-dir", "start", "--verbose"})
  void anArgumentThatIsNoneEndsWithOneLine(String argument) throws Exception {
    assertRefused(ServerProcess.target(directory).starting(argument), argument.split("=")[0]);
  }

  @Test
  void listeningElsewhereWithTheServersOwnKeyEndsWithOneLine() throws Exception {
    try (ServerProcess server = ServerProcess.target(directory)) {
      for (ProcessBuilder program : server.programs("--server.address=0.0.0.0")) {
        assertRefused(program, "server.address is 0.0.0.0");
      }
    }
  }

  private static void assertRefused(ProcessBuilder starting, String... says) throws Exception {
    Process process = starting.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output.strip()).matches("(confab|cluster): .*").contains(says);
    assertThat(process.exitValue()).isEqualTo(1);
  }
}
