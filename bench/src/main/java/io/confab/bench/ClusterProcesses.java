package io.confab.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A cluster of {@code ./cluster} with one broker, on ports and a data directory of its own. */
final class ClusterProcesses implements AutoCloseable {
  private static final int FIRST_PORT = 20_000;
  private static final int LAST_PORT = 32_000;
  private static final int PORTS = 100;

  private final Settings settings;
  private final int port;
  private final Path data;
  private final Thread stopping = new Thread(this::stop, "stop-cluster");

  private ClusterProcesses(Settings settings, int port, Path data) {
    this.settings = settings;
    this.port = port;
    this.data = data;
  }

  /** Returns when all of it answers. */
  static ClusterProcesses start(Settings settings) throws IOException, InterruptedException {
    Path data = Files.createTempDirectory("confab-bench-cluster-");
    ClusterProcesses cluster = new ClusterProcesses(settings, freePorts(), data);
    Runtime.getRuntime().addShutdownHook(cluster.stopping);
    if (cluster.run("start") != 0) {
      cluster.close();
      throw new IOException("the cluster does not start; see " + cluster.log());
    }
    return cluster;
  }

  private static int freePorts() throws IOException {
    for (int base = FIRST_PORT; base < LAST_PORT; base += PORTS) {
      if (free(base)) {
        return base;
      }
    }
    throw new IOException(
        "no " + PORTS + " free ports in a row from " + FIRST_PORT + " to " + LAST_PORT);
  }

  private static boolean free(int base) {
    for (int port = base; port < base + PORTS; port++) {
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      } catch (IOException inUse) {
        return false;
      }
    }
    return true;
  }

  /** Where nginx listens. */
  int port() {
    return port;
  }

  private Path log() {
    return settings.logs().resolve("cluster.log");
  }

  private int run(String command) throws IOException, InterruptedException {
    ProcessBuilder process =
        new ProcessBuilder(
            List.of(
                settings.cluster().toString(),
                command,
                "--brokers",
                "1",
                "--base-port",
                String.valueOf(port),
                "--data-dir",
                data.toString()));
    process.environment().put("CONFAB_EDGE_IDLE_TIMEOUT", Fanout.IDLE.toMinutes() + "m");
    return process
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
        .start()
        .waitFor();
  }

  /** The data goes after the processes, whose ids are in it. */
  private void stop() {
    try {
      run("stop");
      TemporaryDirectory.delete(data);
    } catch (IOException e) {
      System.err.println("the cluster cannot be stopped: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    stop();
    Runtime.getRuntime().removeShutdownHook(stopping);
  }
}
