package io.confab.kafka;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;

/**
 * A real broker in a process of its own, on loopback and free ports, that can be killed and started
 * again on what it had written.
 */
public final class LocalKafka implements AutoCloseable {
  /** A consumer that was killed is counted for as long as its session: 9 s for a router. */
  private static final long LEAVE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private static final long START_NANOS = TimeUnit.MINUTES.toNanos(5);

  private final Path directory;
  private final int port;
  private final int compilation;
  private Process process;

  private LocalKafka(Path directory, int port, int compilation) {
    this.directory = directory;
    this.port = port;
    this.compilation = compilation;
  }

  /** A broker that keeps everything in that directory, and starts fast; returns when it answers. */
  public static LocalKafka start(Path directory) throws IOException, InterruptedException {
    return start(directory, 1);
  }

  /** The same, which runs fast. */
  public static LocalKafka startToMeasure(Path directory) throws IOException, InterruptedException {
    return start(directory, 4);
  }

  private static LocalKafka start(Path directory, int compilation)
      throws IOException, InterruptedException {
    try (ServerSocket broker = free();
        ServerSocket controller = free()) {
      LocalKafka kafka = new LocalKafka(directory, broker.getLocalPort(), compilation);
      Files.writeString(kafka.properties(), kafka.properties(controller.getLocalPort()));
      broker.close();
      controller.close();
      kafka.start();
      return kafka;
    }
  }

  private static ServerSocket free() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  private Path properties() {
    return directory.resolve("server.properties");
  }

  private Path logs() {
    return directory.resolve("kafka");
  }

  private String properties(int controllerPort) {
    return String.join(
        "\n",
        "process.roles=broker,controller",
        "node.id=1",
        "controller.quorum.voters=1@127.0.0.1:" + controllerPort,
        "controller.listener.names=CONTROLLER",
        "inter.broker.listener.name=PLAINTEXT",
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "listeners=PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort,
        "advertised.listeners=PLAINTEXT://127.0.0.1:" + port,
        "log.dirs=" + logs(),
        "auto.create.topics.enable=false",
        "offsets.topic.num.partitions=1",
        "offsets.topic.replication.factor=1",
        "transaction.state.log.replication.factor=1",
        "transaction.state.log.min.isr=1",
        "share.coordinator.state.topic.replication.factor=1",
        "share.coordinator.state.topic.min.isr=1",
        "group.initial.rebalance.delay.ms=0",
        // For so long a killed broker counts as there, and the one that is started again has to
        // wait.
        "broker.session.timeout.ms=3000",
        "broker.heartbeat.interval.ms=500",
        "log.cleaner.dedupe.buffer.size=2097152",
        "num.network.threads=2",
        "num.io.threads=4",
        "");
  }

  /** Starts the broker again where it was killed; returns when it answers. */
  public void start() throws IOException, InterruptedException {
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=" + compilation,
                "-cp",
                System.getProperty("java.class.path"),
                BrokerProcess.class.getName(),
                properties().toString(),
                logs().toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output().toFile()))
            .start();
    long deadline = System.nanoTime() + START_NANOS;
    try (Admin admin =
        Admin.create(
            Map.of(
                "bootstrap.servers",
                servers(),
                "default.api.timeout.ms",
                10_000,
                "request.timeout.ms",
                5_000))) {
      while (true) {
        try {
          admin.describeCluster().nodes().get();
          return;
        } catch (ExecutionException notYet) {
          if (!process.isAlive() || System.nanoTime() > deadline) {
            throw new IllegalStateException("no broker:\n" + Files.readString(output()), notYet);
          }
        }
      }
    }
  }

  /** Removes our topics, and what is known of those groups. */
  public void clear(String... groups) throws InterruptedException, ExecutionException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers()))) {
      Set<String> topics = new HashSet<>(admin.listTopics().names().get());
      topics.retainAll(KafkaTopics.ALL);
      admin.deleteTopics(topics).all().get();
      // The controller has deleted them; the broker that answers may know of it a moment later.
      while (!Collections.disjoint(admin.listTopics().names().get(), topics)) {
        Thread.sleep(10);
      }
    }
    forget(groups);
  }

  /** Removes what is known of those groups. */
  public void forget(String... groups) throws InterruptedException, ExecutionException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers()))) {
      long deadline = System.nanoTime() + LEAVE_NANOS;
      for (String group : groups) {
        while (!forget(admin, group, deadline)) {
          Thread.sleep(100);
        }
      }
    }
  }

  /** False where a member that did not leave is still counted. */
  private static boolean forget(Admin admin, String group, long deadline)
      throws InterruptedException, ExecutionException {
    try {
      admin.deleteConsumerGroups(List.of(group)).all().get();
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupNotEmptyException && System.nanoTime() < deadline) {
        return false;
      }
      if (!(e.getCause() instanceof GroupIdNotFoundException)) {
        throw e;
      }
      return true;
    }
  }

  private Path output() {
    return directory.resolve("kafka.log");
  }

  /** {@code host:port}, the same after a restart. */
  public String servers() {
    return "127.0.0.1:" + port;
  }

  /** Settings with this broker and so many partitions. */
  public KafkaSettings settings(int partitions) {
    return new KafkaSettings(List.of(servers()), partitions, 0, 2);
  }

  /** SIGKILL: nothing in the process runs after it. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
