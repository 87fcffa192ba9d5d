package io.confab.standalone;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A cluster of {@code ./cluster}, used like the server: what is killed are all its services. */
final class ClusterProcess extends ServerProcess {
  private static final Path SCRIPT = Path.of("..", "cluster").toAbsolutePath().normalize();
  private static final List<String> SERVICES =
      Stream.of("command", "projections", "query", "edge")
          .flatMap(kind -> Stream.of(kind + "-1", kind + "-2"))
          .toList();

  /** Ports that the processes take, from the base port on. */
  private static final int PORTS = 100;

  /** Where the local Cosmos endpoint listens, from the base port on. */
  private static final int COSMOS = 50;

  ClusterProcess(Path directory) {
    super(directory, freeBasePort());
  }

  @Override
  ClusterProcess start() throws IOException, InterruptedException {
    boolean started = false;
    try {
      run("start");
      faults(HttpRequest.newBuilder().DELETE());
      started = true;
      return this;
    } finally {
      if (!started) {
        close();
      }
    }
  }

  /** From here on Cosmos DB writes no event, until the services are started again. */
  @Override
  void failWrites() throws IOException, InterruptedException {
    String fault =
        "{\"kind\":\"refuse\",\"status\":503,\"on\":\"writes\",\"container\":\"events\"}";
    faults(HttpRequest.newBuilder().POST(HttpRequest.BodyPublishers.ofString(fault)));
  }

  private void faults(HttpRequest.Builder request) throws IOException, InterruptedException {
    URI faults = URI.create("http://127.0.0.1:" + (port + COSMOS) + "/_local/faults");
    HttpResponse<String> answer =
        HttpClient.newHttpClient().send(request.uri(faults).build(), BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException(answer.body());
    }
  }

  @Override
  void kill() throws IOException, InterruptedException {
    run("kill", SERVICES.toArray(String[]::new));
  }

  @Override
  public void close() throws IOException, InterruptedException {
    run("stop");
  }

  private void run(String command, String... names) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(SCRIPT.toString(), command));
    all.addAll(List.of(names));
    all.addAll(List.of("--brokers", "1", "--base-port", String.valueOf(port)));
    all.addAll(List.of("--data-dir", dataDir.toString()));
    Process process =
        new ProcessBuilder(all)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
            .start();
    if (process.waitFor() != 0) {
      throw new IllegalStateException("cluster " + command + " failed:\n" + output());
    }
  }

  private static int freeBasePort() {
    return IntStream.iterate(20_000, base -> base < 32_000, base -> base + PORTS)
        .filter(base -> IntStream.range(base, base + PORTS).allMatch(ClusterProcess::free))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no " + PORTS + " free ports in a row"));
  }

  private static boolean free(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }
}
