package io.confab.edge;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What one delivery costs the server in CPU time, with the subscribers of one conversation in a
 * process of their own. Prints microseconds per delivery, for messages that come alone and for
 * messages that come together.
 *
 * <p>Arguments: subscribers (default 1,000).
 */
final class FanOutCost {
  private static final int DELIVERIES = 300_000;

  private FanOutCost() {}

  public static void main(String[] args) throws Exception {
    if (args.length == 2) {
      subscribe(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
      return;
    }
    int subscribers = args.length == 1 ? Integer.parseInt(args[0]) : 1_000;
    TestEdge edge = new TestEdge("server.jetty.threads.max=200");
    edge.confab.start("c-1", "user");
    Process client =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-cp",
                System.getProperty("java.class.path"),
                FanOutCost.class.getName(),
                String.valueOf(edge.port()),
                String.valueOf(subscribers))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader ready =
        new BufferedReader(
            new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8))) {
      if (!"ready".equals(ready.readLine())) {
        throw new IllegalStateException("the subscribers did not come up");
      }
      System.out.println("subscribers  together  µs CPU per delivery");
      for (int together : new int[] {1, 10, 1, 10, 1, 10}) {
        double micros = measure(edge, subscribers, together);
        System.out.printf("%11d  %8d  %.1f%n", subscribers, together, micros);
      }
    } finally {
      client.destroy();
      edge.close();
    }
  }

  private static double measure(TestEdge edge, int subscribers, int together) throws Exception {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    String body = "x".repeat(200);
    double before = edge.count("confab.edge.delivered");
    long cpu = system.getProcessCpuTime();
    double delivered = 0;
    edge.confab.onAppend = event -> {};
    while (delivered < DELIVERIES) {
      List<io.confab.events.EncodedEvent> batch = new ArrayList<>();
      for (int i = 0; i < together; i++) {
        batch.add(edge.confab.say("c-1", "user", body));
      }
      edge.confab.feed(batch);
      delivered += (double) together * subscribers;
      while (edge.count("confab.edge.delivered") - before < delivered) {
        Thread.sleep(1);
      }
    }
    return (system.getProcessCpuTime() - cpu) / 1e3 / delivered;
  }

  /** The other process: subscribes and throws away what comes. */
  private static void subscribe(int port, int subscribers) throws Exception {
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < subscribers; i++) {
      RawClient client = RawClient.handshake(port, 0, "Sec-WebSocket-Protocol: v12.stomp");
      client.send(RawClient.connectFrame("user"));
      client.send("SUBSCRIBE", "", "id:sub-0", "destination:/topic/conversations/c-1", "receipt:r");
      client.discardBehindReceipt();
      clients.add(client);
    }
    for (RawClient client : clients) {
      client.discarding.get();
    }
    System.out.println("ready");
    Thread.currentThread().join();
  }
}
