package io.confab.standalone;

import io.confab.kafka.KafkaSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The packaged server as a process of its own, to be started, killed and started again on one
 * directory.
 */
class ServerProcess implements AutoCloseable {
  private static final Path JAR = Path.of("target", "confab", "confab.jar").toAbsolutePath();
  private static final Duration START = Duration.ofMinutes(5);

  final int port;
  final Path dataDir;
  final Path output;
  private final String[] arguments;
  private Process process;

  ServerProcess(Path directory, String... arguments) throws IOException {
    this(directory, freePort(), arguments);
  }

  ServerProcess(Path directory, int port, String... arguments) {
    this.port = port;
    this.dataDir = directory.resolve("data");
    this.output = directory.resolve("server.log");
    this.arguments = arguments;
  }

  /** The server, or a cluster where the property {@code confab.target} is {@code cluster}. */
  static ServerProcess target(Path directory) throws IOException {
    return isCluster() ? new ClusterProcess(directory) : new ServerProcess(directory);
  }

  /** The same, with a Kafka of its own that runs already or is started with it. */
  static ServerProcess targetWithKafka(Path directory) throws IOException, InterruptedException {
    return isCluster() ? new ClusterProcess(directory) : ServerWithKafka.in(directory);
  }

  private static boolean isCluster() {
    return System.getProperty("confab.target", "").equals("cluster");
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  /** The server's program, not started. */
  static ProcessBuilder command(String... arguments) {
    return java(JAR, List.of(arguments));
  }

  static ProcessBuilder java(Path jar, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    command.add("-XX:TieredStopAtLevel=1"); // none of them runs for long
    command.add("-jar");
    command.add(jar.toString());
    command.addAll(arguments);
    return new ProcessBuilder(command);
  }

  /** What starts the target for a user, with these arguments and no others; not started. */
  ProcessBuilder starting(String... arguments) {
    return command(arguments);
  }

  /** The same, with that port and that directory. */
  ProcessBuilder startingAt(int at, Path data) {
    return starting("--port=" + at, "--data-dir=" + data);
  }

  /**
   * Each program that the target is made of, with what it needs and these settings of Spring's; not
   * started.
   */
  List<ProcessBuilder> programs(String... settings) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("--port=0", "--data-dir=" + dataDir));
    all.addAll(List.of(settings));
    return List.of(java(JAR, all));
  }

  /** Starts the server and returns when its readiness says so. */
  ServerProcess start() throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--port=" + port);
    all.add("--data-dir=" + dataDir);
    process =
        command(all.toArray(String[]::new))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
            .start();
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest ready = HttpRequest.newBuilder(uri("/actuator/health/readiness")).build();
    long deadline = System.nanoTime() + START.toNanos();
    while (System.nanoTime() < deadline) {
      if (!process.isAlive()) {
        throw new IllegalStateException("the server ended:\n" + output());
      }
      try {
        if (client.send(ready, BodyHandlers.discarding()).statusCode() == 200) {
          return this;
        }
      } catch (IOException notYet) {
        // it is still starting
      }
      if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("the server ended:\n" + output());
      }
    }
    kill();
    throw new IllegalStateException("the server is not ready after " + START + ":\n" + output());
  }

  /** From here on no write of the process to a file succeeds, until it is started again. */
  void failWrites() throws IOException, InterruptedException {
    String pid = String.valueOf(process.pid());
    int exit = new ProcessBuilder("prlimit", "--pid", pid, "--fsize=1:1").start().waitFor();
    if (exit != 0) {
      throw new IOException("prlimit ended with " + exit);
    }
  }

  /** SIGKILL: nothing in the process runs after it. */
  void kill() throws IOException, InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** SIGTERM, as Ctrl-C in a terminal does. */
  int stop() throws IOException, InterruptedException {
    process.destroy();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      kill();
      throw new IllegalStateException("the server did not stop within 30 s:\n" + output());
    }
    return process.exitValue();
  }

  /** Where its Kafka is, and what the topics are like; of {@link #targetWithKafka} only. */
  KafkaSettings kafka() {
    throw new UnsupportedOperationException();
  }

  /** SIGKILL for its Kafka; of {@link #targetWithKafka} only. */
  void killKafka() throws IOException, InterruptedException {
    throw new UnsupportedOperationException();
  }

  /** Starts the Kafka that was killed, on what it had; returns when it answers. */
  void startKafka() throws IOException, InterruptedException {
    throw new UnsupportedOperationException();
  }

  /** The argument with which a replay reads the log of the target, beside it. */
  String replayed() {
    return "--data-dir=" + dataDir;
  }

  /** A pattern of what such a replay says last, where the log holds that many events. */
  String replayedAll(int events) {
    return "from %1$d of %1$d events".formatted(events);
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /** What is answered there, whatever the status. */
  String get(String path) throws IOException, InterruptedException {
    return get(uri(path));
  }

  static String get(URI uri) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
        .body();
  }

  /** What each of its processes answers at that path, asked on its own port. */
  List<String> getOfEach(String path) throws IOException, InterruptedException {
    return List.of(get(path));
  }

  /** All that it has said since it was made, what is in its logs too. */
  String output() {
    return read(output);
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (process != null && process.isAlive()) {
      kill();
    }
  }
}
