package io.confab.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.tools.attach.VirtualMachine;
import io.confab.cosmos.LocalCosmos;
import io.confab.edge.redis.RedisNodes;
import io.confab.edge.route.Router;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import io.confab.kafka.LocalKafka;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator sees of a service that starts before what it needs, or is set wrongly. */
class StartIT {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final String NO_BROKER = "127.0.0.1:1";
  private static final Path JAR =
      Path.of("target", "confab-services", "confab-services.jar").toAbsolutePath();

  @TempDir Path directory;

  /** One set of processes for all of it, because each takes seconds to start. */
  @Test
  void eachRoleWaitsForWhatItNeedsAndSaysSo() throws Exception {
    int cosmosPort = freePort();
    Path kafkaDirectory = Files.createDirectory(directory.resolve("broker"));
    try (LocalKafka kafka = LocalKafka.start(kafkaDirectory);
        RedisNodes redis = RedisNodes.start(1)) {
      kafka.kill();
      redis.kill(0);
      URI endpoint = URI.create("http://127.0.0.1:" + cosmosPort);
      List<String> settings = settings(endpoint, LocalCosmos.KEY, kafka.servers());
      settings.add("--confab.redis.nodes=" + String.join(",", redis.settings().nodes()));
      try (Service command = new Service("command", settings);
          Service projections = new Service("projections", settings);
          Service query = new Service("query", settings);
          Service edge = new Service("edge", settings)) {
        List<Service> all = List.of(command, projections, query, edge);
        for (Service service : all) {
          service.awaitOutput("Waiting for Cosmos DB at " + endpoint);
        }
        try (LocalCosmos cosmos = LocalCosmos.start("--port", String.valueOf(cosmosPort))) {
          String awaited = "Kafka at " + kafka.servers();
          projections.awaitReadiness(503, awaited);
          for (Service service : List.of(command, projections, edge)) {
            service.awaitOutput("Waiting for " + awaited);
            service.awaitHealth("", 503, awaited);
          }
          // What is durable is acknowledged, history is read, and sessions are held, without Kafka.
          for (Service service : List.of(command, query, edge)) {
            service.awaitReadiness(200, "UP");
          }
          for (Service service : List.of(projections, edge)) {
            service.awaitHealth("", 503, "\"waitsFor\":\"Redis\"");
          }
          edge.awaitOutput("Redis does not answer");
          kafka.start();
          redis.restart(0);
          for (Service service : all) {
            service.awaitReadiness(200, "UP");
            service.awaitHealth("", 200, "UP");
          }
          // An edge reads the partitions that hold its users' channels, and nothing else of Kafka.
          assertThat(edge.kafkaConsumers()).containsExactly("confab-edge");
          assertThat(projections.kafkaConsumers()).contains(Router.GROUP);
        }
      }
    }
  }

  @Test
  void topicsWithFewerPartitionsAreSaidByLogAndReadiness() throws Exception {
    try (LocalKafka kafka = LocalKafka.start(directory)) {
      KafkaSettings fewer = kafka.settings(8);
      KafkaTopics.ensure(fewer);
      for (String kind : List.of("projections", "edge")) {
        List<String> settings =
            settings(LocalCosmos.shared().endpoint(), LocalCosmos.KEY, kafka.servers());
        settings.add("--confab.kafka.partitions=9");
        try (Service service = new Service(kind, settings)) {
          String line = "has 8 partitions, and confab.kafka.partitions is 9";
          service.awaitReadiness(503, line);
          service.awaitOutput(line);
          assertThat(service.output()).doesNotContain("\tat ");
        }
      }
    }
  }

  @Test
  void whatCannotStartEndsWithOneLine() throws Exception {
    URI endpoint = LocalCosmos.shared().endpoint();
    assertRefused("refuses the key (status 401)", settings(endpoint, "d3Jvbmc=", NO_BROKER));
    assertRefused("confab.cosmos.key is missing", settings(endpoint, "", NO_BROKER));
    assertRefused(
        "There is no database start-", with("confab.cosmos.create-missing=false", endpoint));
    assertRefused("confab.kafka.partitions is 0", with("confab.kafka.partitions=0", endpoint));
    assertRefused(
        "confab.commands.timeout is 19999 ms, must be at least 20000",
        with("confab.commands.timeout=19999ms", endpoint));
    assertRefused("confab.services.secret", with("confab.services.secret=short", endpoint));
    try (LocalCosmos session = LocalCosmos.start("--consistency", "Session")) {
      assertRefused(
          "has the default consistency Session",
          settings(session.endpoint(), LocalCosmos.KEY, NO_BROKER));
    }
  }

  private void assertRefused(String line, List<String> settings) throws Exception {
    try (Service service = new Service("command", settings)) {
      assertThat(service.process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      List<String> lines =
          service.output().lines().filter(each -> !each.contains(" INFO ")).toList();
      assertThat(lines).hasSize(1);
      assertThat(lines.get(0)).startsWith("confab: ").contains(line);
      assertThat(service.process.exitValue()).isEqualTo(1);
    }
  }

  private List<String> with(String setting, URI endpoint) {
    List<String> settings = settings(endpoint, LocalCosmos.KEY, NO_BROKER);
    settings.removeIf(each -> each.startsWith("--" + setting.split("=")[0] + "="));
    settings.add("--" + setting);
    return settings;
  }

  private List<String> settings(URI endpoint, String key, String brokers) {
    return new ArrayList<>(
        List.of(
            "--confab.data-dir=" + directory.resolve("data"),
            "--confab.cosmos.endpoint=" + endpoint,
            "--confab.cosmos.key=" + key,
            "--confab.cosmos.database=start-" + ProcessHandle.current().pid() + System.nanoTime(),
            "--confab.kafka.bootstrap-servers=" + brokers,
            "--confab.commands.url=http://127.0.0.1:1",
            "--confab.services.secret=" + "s".repeat(32)));
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  /** A packaged service as a process. */
  private final class Service implements AutoCloseable {
    private final int port = freePort();
    private final Path output;
    private final Process process;

    Service(String kind, List<String> settings) throws IOException {
      output = Files.createTempFile(directory, kind, ".log");
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-jar", JAR.toString(), kind));
      command.addAll(settings);
      command.add("--server.port=" + port);
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
    }

    String output() throws IOException {
      return Files.readString(output);
    }

    void awaitOutput(String says) {
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(output()).contains(says));
    }

    void awaitReadiness(int status, String says) {
      awaitHealth("/readiness", status, says);
    }

    /**
     * @param group with its slash; empty for all that is known
     */
    void awaitHealth(String group, int status, String says) {
      HttpRequest request =
          HttpRequest.newBuilder(
                  URI.create("http://127.0.0.1:" + port + "/actuator/health" + group))
              .timeout(Duration.ofSeconds(10))
              .build();
      HttpClient client = HttpClient.newHttpClient();
      await()
          .atMost(PATIENCE)
          .ignoreExceptionsInstanceOf(IOException.class)
          .untilAsserted(
              () -> {
                HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
                assertThat(answer.body()).contains(says);
                assertThat(answer.statusCode()).isEqualTo(status);
              });
    }

    /** The ids of the Kafka consumers in the process, by Kafka's own metrics. */
    @SuppressWarnings("BanJNDI") // the other end is a process of this test
    Set<String> kafkaConsumers() throws Exception {
      VirtualMachine machine = VirtualMachine.attach(String.valueOf(process.pid()));
      String address = machine.startLocalManagementAgent();
      machine.detach();
      try (JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(address))) {
        return connector
            .getMBeanServerConnection()
            .queryNames(new ObjectName("kafka.consumer:type=consumer-metrics,client-id=*"), null)
            .stream()
            .map(name -> name.getKeyProperty("client-id"))
            .collect(Collectors.toSet());
      }
    }

    @Override
    public void close() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }
  }
}
