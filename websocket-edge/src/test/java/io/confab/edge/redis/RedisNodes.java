package io.confab.edge.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Redis cluster of real processes without replicas, on free ports of loopback. */
public final class RedisNodes implements AutoCloseable {
  private static final int SLOTS = 16_384;
  private static final long SECONDS = 30;
  private final List<Node> nodes = new ArrayList<>();

  private static final class Shared {
    private static final RedisNodes NODES = start(3);

    static {
      Runtime.getRuntime().addShutdownHook(new Thread(NODES::close));
    }
  }

  private static final class Node {
    final int port;
    final int busPort;
    final Path directory;
    Process process;

    Node(int port, int busPort, Path directory) {
      this.port = port;
      this.busPort = busPort;
      this.directory = directory;
    }
  }

  /** Three nodes for all tests that do not stop them. */
  public static RedisNodes shared() {
    return Shared.NODES;
  }

  /** Each node serves as many slots as the others. */
  public static RedisNodes start(int count) {
    RedisNodes cluster = new RedisNodes();
    try {
      for (int i = 0; i < count; i++) {
        Node node = new Node(freePort(), freePort(), Files.createTempDirectory("confab-redis"));
        cluster.nodes.add(node);
        start(node);
      }
      for (int i = 0; i < count; i++) {
        Node node = cluster.nodes.get(i);
        int from = SLOTS * i / count;
        int to = SLOTS * (i + 1) / count - 1;
        ask(node, "CLUSTER ADDSLOTSRANGE " + from + " " + to);
        ask(node, "CLUSTER SET-CONFIG-EPOCH " + (i + 1));
        Node first = cluster.nodes.get(0);
        if (i > 0) {
          ask(node, "CLUSTER MEET 127.0.0.1 " + first.port + " " + first.busPort);
        }
      }
      cluster.awaitOk();
      return cluster;
    } catch (IOException e) {
      cluster.close();
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void start(Node node) throws IOException {
    List<String> command = new ArrayList<>(List.of("redis-server", "--port", "" + node.port));
    command.addAll(List.of("--cluster-port", "" + node.busPort, "--bind", "127.0.0.1"));
    command.addAll(List.of("--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"));
    command.addAll(List.of("--cluster-require-full-coverage", "no"));
    command.addAll(List.of("--dir", node.directory.toString(), "--save", "", "--appendonly", "no"));
    try {
      node.process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(node.directory.resolve("log").toFile())
              .start();
    } catch (IOException e) {
      throw new IOException(
          "redis-server is missing; install it with: apt-get install -y redis-server", e);
    }
    awaitAnswer(node, "PING", "PONG");
  }

  private void awaitOk() throws IOException {
    for (Node node : nodes) {
      awaitAnswer(node, "CLUSTER INFO", "cluster_state:ok");
      awaitAnswer(node, "CLUSTER INFO", "cluster_known_nodes:" + nodes.size());
      awaitAnswer(node, "CLUSTER INFO", "cluster_slots_ok:" + SLOTS);
    }
  }

  private static void awaitAnswer(Node node, String command, String part) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    String answer = "nothing";
    while (System.nanoTime() < end) {
      try {
        answer = ask(node, command);
        if (answer.contains(part)) {
          return;
        }
      } catch (IOException e) {
        answer = e.toString();
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
    throw new IOException(
        "redis-server answers to "
            + command
            + ": "
            + answer
            + "; its log: "
            + Files.readString(node.directory.resolve("log")));
  }

  private static String ask(Node node, String command) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port)) {
      socket.setSoTimeout(2_000);
      socket.getOutputStream().write((command + "\r\nQUIT\r\n").getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  /** The settings with which this cluster is found; patient, for machines with much to do. */
  public RedisSettings settings() {
    List<String> addresses = nodes.stream().map(node -> "127.0.0.1:" + node.port).toList();
    return new RedisSettings(addresses, null, null, false, Duration.ofSeconds(20));
  }

  /** The CPU time that the processes have used so far. */
  public Duration cpu() {
    return nodes.stream()
        .map(node -> node.process.info().totalCpuDuration().orElse(Duration.ZERO))
        .reduce(Duration.ZERO, Duration::plus);
  }

  /** Forgets all data. */
  public void flush() {
    askAll("FLUSHALL");
  }

  /** Forgets all scripts. */
  public void flushScripts() {
    askAll("SCRIPT FLUSH");
  }

  private void askAll(String command) {
    for (Node node : nodes) {
      try {
        ask(node, command);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** As {@code kill -9}: what was in memory is lost. */
  public void kill(int... numbers) {
    for (int number : numbers) {
      Process process = nodes.get(number).process;
      process.destroyForcibly();
      process.onExit().join();
    }
  }

  /** Starts them again where they were. */
  public void restart(int... numbers) {
    try {
      for (int number : numbers) {
        start(nodes.get(number));
      }
      awaitOk();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The number of the node that serves a key. */
  public int owner(String key) {
    int slot = io.lettuce.core.cluster.SlotHash.getSlot(key);
    for (int i = 0; i < nodes.size(); i++) {
      if (slot < SLOTS * (i + 1) / nodes.size()) {
        return i;
      }
    }
    throw new IllegalStateException();
  }

  @Override
  public void close() {
    for (Node node : nodes) {
      if (node.process != null) {
        node.process.destroyForcibly();
        node.process.onExit().join();
      }
      for (String file : Arrays.asList("nodes.conf", "log", "")) {
        try {
          Files.deleteIfExists(node.directory.resolve(file));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }
}
