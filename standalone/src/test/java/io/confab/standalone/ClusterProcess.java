package io.confab.standalone;

import io.confab.kafka.KafkaSettings;
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
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A cluster of {@code ./cluster}, used like the server: what is killed are all its services. */
final class ClusterProcess extends ServerProcess {
  private static final Path SCRIPT = Path.of("..", "cluster").toAbsolutePath().normalize();
  private static final Path JAR =
      Path.of("..", "services", "target", "confab-services", "confab-services.jar")
          .toAbsolutePath()
          .normalize();

  /** The kinds of services, and how far behind the base port those of a kind listen. */
  private static final Map<String, Integer> KINDS =
      Map.of("command", 10, "edge", 20, "query", 30, "projections", 40);

  private static final List<String> SERVICES =
      KINDS.keySet().stream().flatMap(kind -> Stream.of(kind + "-1", kind + "-2")).toList();

  /** The one broker. */
  private static final String KAFKA = "kafka-1";

  /** The key that every emulator has. */
  private static final String COSMOS_KEY =
      "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==";

  /** Ports that the processes take, from the base port on. */
  private static final int PORTS = 100;

  /** Where the local Cosmos endpoint listens, from the base port on. */
  private static final int COSMOS = 50;

  private static final int KAFKA_PORT = 61;

  ClusterProcess(Path directory) {
    super(directory, freeBasePort());
  }

  @Override
  ProcessBuilder starting(String... arguments) {
    List<String> all = new ArrayList<>(List.of(SCRIPT.toString(), "start"));
    all.addAll(List.of(arguments));
    return new ProcessBuilder(all);
  }

  @Override
  ProcessBuilder startingAt(int at, Path data) {
    return starting("--base-port", String.valueOf(at), "--data-dir", data.toString());
  }

  /** One service of each kind; starts Cosmos DB, which each of them waits for. */
  @Override
  List<ProcessBuilder> programs(String... settings) throws IOException, InterruptedException {
    run("start", "cosmos");
    List<String> all =
        new ArrayList<>(
            List.of(
                "--server.port=0",
                "--confab.data-dir=" + dataDir.resolve("program"),
                "--confab.cosmos.endpoint=http://127.0.0.1:" + (port + COSMOS),
                "--confab.cosmos.key=" + COSMOS_KEY,
                "--confab.kafka.bootstrap-servers=" + brokers(),
                "--confab.commands.url=" + uri(""),
                "--confab.services.secret=" + "s".repeat(32)));
    all.addAll(List.of(settings));
    return KINDS.keySet().stream()
        .map(kind -> java(JAR, Stream.concat(Stream.of(kind), all.stream()).toList()))
        .toList();
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

  /** SIGTERM for all of its processes. */
  @Override
  int stop() throws IOException, InterruptedException {
    int exit = execute("stop");
    if (read(output).contains("does not stop within")) {
      throw new IllegalStateException("the cluster did not stop in time:\n" + output());
    }
    return exit;
  }

  @Override
  KafkaSettings kafka() {
    return KafkaSettings.of(brokers());
  }

  private String brokers() {
    return "127.0.0.1:" + (port + KAFKA_PORT);
  }

  @Override
  void killKafka() throws IOException, InterruptedException {
    run("kill", KAFKA);
  }

  @Override
  void startKafka() throws IOException, InterruptedException {
    run("start", KAFKA);
  }

  @Override
  String replayed() {
    return "--kafka=" + brokers();
  }

  /** Each record, of which there may be several of one event. */
  @Override
  String replayedAll(int events) {
    return "from (\\d+) of \\1 records";
  }

  @Override
  List<String> getOfEach(String path) throws IOException, InterruptedException {
    List<String> answers = new ArrayList<>();
    for (String service : SERVICES) {
      String[] name = service.split("-");
      int own = port + KINDS.get(name[0]) + Integer.parseInt(name[1]);
      answers.add(get(URI.create("http://127.0.0.1:" + own + path)));
    }
    return answers;
  }

  /** What the script has said, and the logs of the services. */
  @Override
  String output() {
    return Stream.concat(
            Stream.of(output),
            SERVICES.stream().map(name -> dataDir.resolve("logs").resolve(name + ".log")))
        .map(ServerProcess::read)
        .collect(Collectors.joining("\n"));
  }

  @Override
  public void close() throws IOException, InterruptedException {
    run("stop");
  }

  private void run(String command, String... names) throws IOException, InterruptedException {
    if (execute(command, names) != 0) {
      throw new IllegalStateException("cluster " + command + " failed:\n" + output());
    }
  }

  /** The script's exit code. */
  private int execute(String command, String... names) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(SCRIPT.toString(), command));
    all.addAll(List.of(names));
    if (command.equals("start")) { // which fixes both for the directory
      all.addAll(List.of("--brokers", "1", "--base-port", String.valueOf(port)));
    }
    all.addAll(List.of("--data-dir", dataDir.toString()));
    return new ProcessBuilder(all)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
        .start()
        .waitFor();
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
