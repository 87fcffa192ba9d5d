package io.confab.bench;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A PostgreSQL cluster of this run's own, in a temporary directory and on loopback, as {@code
 * initdb} makes it but with a connection for each caller; {@code fsync} and {@code
 * synchronous_commit} are on, as they are by default. PostgreSQL refuses to run as root: there it
 * runs as the user {@value #USER}.
 */
final class PostgresServer implements AutoCloseable {
  static final String USER = "postgres";

  private static final Path DEBIAN = Path.of("/usr/lib/postgresql");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path directory;
  private final Process process;
  private final int port;

  private PostgresServer(Path directory, Process process, int port) {
    this.directory = directory;
    this.process = process;
    this.port = port;
  }

  static PostgresServer start(Settings settings) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("confab-bench-postgres-");
    boolean root = System.getProperty("user.name").equals("root");
    if (root) {
      run(settings, List.of("chown", USER, directory.toString()));
    }
    Path data = directory.resolve("data");
    run(
        settings,
        as(root, "initdb", "-D", data.toString(), "-U", USER, "--auth=trust", "-E", "UTF8"));
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    List<String> command =
        as(root, "postgres", "-D", data.toString(), "-p", String.valueOf(port), "-h", "127.0.0.1");
    for (String setting :
        List.of(
            "fsync=on",
            "synchronous_commit=on",
            "max_connections=" + (Workload.CALLERS + 20),
            "unix_socket_directories=" + directory)) {
      command.addAll(List.of("-c", setting));
    }
    Process process = start(settings, command);
    PostgresServer server = new PostgresServer(directory, process, port);
    Runtime.getRuntime().addShutdownHook(new Thread(server::close));
    server.awaitReady();
    return server;
  }

  private void awaitReady() throws IOException, InterruptedException {
    Path socket = directory.resolve(".s.PGSQL." + port);
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!Files.exists(socket)) {
      if (!process.isAlive() || System.nanoTime() > end) {
        close();
        throw new IOException("PostgreSQL did not start; see postgres.log");
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  String url() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
  }

  /** The CPU time of the server and all its processes that live. */
  Duration cpu() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .map(Child::cpu)
        .reduce(Duration.ZERO, Duration::plus);
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    TemporaryDirectory.delete(directory);
  }

  /** The command line of one of PostgreSQL's programs, as a user who may run it. */
  private static List<String> as(boolean root, String program, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    if (root) {
      command.addAll(List.of("setpriv", "--reuid", USER, "--regid", USER, "--clear-groups"));
    }
    command.add(find(program));
    command.addAll(List.of(arguments));
    return command;
  }

  private static String find(String program) throws IOException {
    if (!Files.isDirectory(DEBIAN)) {
      return program;
    }
    try (Stream<Path> versions = Files.list(DEBIAN)) {
      return versions
          .map(version -> version.resolve("bin").resolve(program))
          .filter(Files::isExecutable)
          .max(Comparator.comparing(Path::toString))
          .map(Path::toString)
          .orElse(program);
    }
  }

  private static void run(Settings settings, List<String> command)
      throws IOException, InterruptedException {
    int status = start(settings, command).waitFor();
    if (status != 0) {
      throw new IOException(command + " ended with " + status + "; see postgres.log");
    }
  }

  /** In the root directory, because a user with fewer rights may not be able to enter this one. */
  private static Process start(Settings settings, List<String> command) throws IOException {
    File log = settings.logs().resolve("postgres.log").toFile();
    return new ProcessBuilder(command)
        .directory(new File("/"))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
        .start();
  }
}
