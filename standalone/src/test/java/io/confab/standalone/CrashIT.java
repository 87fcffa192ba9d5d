package io.confab.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.messaging.simp.stomp.StompFrameHandler;
import org.springframework.messaging.simp.stomp.StompHeaders;
import org.springframework.messaging.simp.stomp.StompSession;
import org.springframework.messaging.simp.stomp.StompSessionHandlerAdapter;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.util.MimeTypeUtils;
import org.springframework.web.socket.WebSocketHttpHeaders;
import org.springframework.web.socket.client.standard.StandardWebSocketClient;
import org.springframework.web.socket.messaging.WebSocketStompClient;
import tools.jackson.databind.JsonNode;

/**
 * No loss, no double, order: the packaged server is killed with -9 at random moments under load
 * from Spring's STOMP client, and then everything is checked from outside.
 */
class CrashIT {
  private static final int CONNECTIONS = 20;
  private static final int CONVERSATIONS = 50;
  private static final int SUBSCRIPTIONS = 10;
  private static final int KILLS = 5;

  /** How long before every second kill no write succeeds. */
  private static final long FAILING_MILLIS = 300;

  private static final int MOST_UNACKNOWLEDGED = 16;
  private static final long RECONNECT_MILLIS = 100;
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(180);

  @TempDir Path directory;

  private final long seed =
      Long.getLong("confab.test.seed", System.currentTimeMillis()); // printed, to run it again
  private final Random random = new Random(seed);
  private volatile boolean sending = true;

  @Test
  void whatWasAcknowledgedSurvivesKillsAndSubscribersSeeEachEventOnceInOrder() throws Exception {
    System.out.println("CrashIT seed " + seed);
    ThreadPoolTaskScheduler timer = new ThreadPoolTaskScheduler();
    timer.initialize();
    try (ServerProcess server = ServerProcess.target(directory).start()) {
      List<String> users = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        users.add("user" + i);
      }
      Rest rest = Rest.as(server, users.get(0));
      List<String> conversations = new ArrayList<>();
      for (int i = 0; i < CONVERSATIONS; i++) {
        conversations.add(rest.start("group", "Conversation " + i, users));
      }
      List<Connection> connections = new ArrayList<>();
      for (String user : users) {
        List<String> all = new ArrayList<>(conversations);
        Collections.shuffle(all, random);
        connections.add(
            new Connection(
                server,
                Rest.as(server, user),
                timer,
                all.subList(0, SUBSCRIPTIONS),
                conversations,
                random.nextLong()));
      }
      List<Thread> threads = connections.stream().map(Thread::new).toList();
      threads.forEach(Thread::start);
      for (int kill = 0; kill < KILLS; kill++) {
        int before = acknowledged(connections);
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300 + random.nextInt(1500));
        await(
            "messages are acknowledged before kill " + kill,
            () -> System.nanoTime() > until && acknowledged(connections) > before + 50);
        if (kill % 2 == 0) {
          server.failWrites(); // a receipt that comes now is of an event that is not durable
          TimeUnit.MILLISECONDS.sleep(FAILING_MILLIS);
        }
        server.kill();
        server.start();
      }
      int last = acknowledged(connections);
      await("messages flow after the last kill", () -> acknowledged(connections) > last + 200);
      sending = false;
      await("every send is acknowledged", () -> connections.stream().allMatch(Connection::idle));

      Map<String, List<JsonNode>> logs = new HashMap<>();
      for (String conversation : conversations) {
        logs.put(conversation, rest.log(conversation));
      }
      await(
          "every subscriber has reached the head",
          () -> connections.stream().allMatch(c -> c.reached(logs)));
      connections.forEach(Connection::stop);
      for (Thread thread : threads) {
        thread.join();
      }
      check(logs, connections);
      resendsAddNothing(rest, connections.get(0), conversations, logs);
    } finally {
      timer.shutdown();
    }
  }

  private static int acknowledged(List<Connection> connections) {
    return connections.stream().mapToInt(c -> c.receipts.size()).sum();
  }

  private static void check(Map<String, List<JsonNode>> logs, List<Connection> connections) {
    Set<String> ids = new HashSet<>();
    logs.forEach(
        (conversation, log) -> {
          for (int i = 0; i < log.size(); i++) {
            JsonNode event = log.get(i);
            assertThat(event.get("sequence").longValue()).as(conversation).isEqualTo(i);
            JsonNode id = event.get("data").get("clientMessageId");
            if (id != null) {
              assertThat(ids.add(id.stringValue())).as("%s is once in the log", id).isTrue();
            }
          }
        });
    int receipts = 0;
    for (Connection connection : connections) {
      assertThat(connection.faults).isEmpty();
      for (Receipt receipt : connection.receipts) {
        receipts++;
        JsonNode event = logs.get(receipt.conversation).get((int) receipt.sequence);
        assertThat(event.get("data").path("body").stringValue()).isEqualTo(receipt.body);
        assertThat(event.get("by").stringValue()).isEqualTo(connection.rest.user);
      }
    }
    System.out.println(
        "CrashIT: " + receipts + " receipts, " + ids.size() + " messages, " + KILLS + " kills");
    assertThat(ids).hasSize(receipts);
  }

  private static void resendsAddNothing(
      Rest rest,
      Connection connection,
      List<String> conversations,
      Map<String, List<JsonNode>> logs)
      throws Exception {
    for (Receipt receipt : connection.receipts.stream().limit(20).toList()) {
      Rest.Answer answer =
          rest.post(
              "/api/conversations/" + receipt.conversation + "/messages",
              "{\"body\":\"" + receipt.body + "\",\"clientMessageId\":\"" + receipt.body + "\"}");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body().get("sequence").longValue()).isEqualTo(receipt.sequence);
    }
    for (String conversation : conversations) {
      assertThat(rest.log(conversation)).hasSameSizeAs(logs.get(conversation));
    }
  }

  interface Condition {
    boolean holds();
  }

  private static void await(String what, Condition condition) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE;
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within 180 s: " + what);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  record Receipt(String conversation, long sequence, String body) {}

  record Send(String conversation, String body) {}

  /** One user: subscribes, sends, and after each loss of the connection resumes and sends again. */
  private final class Connection implements Runnable {
    final Rest rest;
    final List<Receipt> receipts = Collections.synchronizedList(new ArrayList<>());
    final List<String> faults = Collections.synchronizedList(new ArrayList<>());
    private final ServerProcess server;
    private final List<String> subscribed;
    private final List<String> conversations;
    private final Random random;
    private final WebSocketStompClient client;
    private final Map<String, Send> unacknowledged = new ConcurrentHashMap<>();
    private final Map<String, Long> seen = new ConcurrentHashMap<>();
    private int sent;
    private volatile boolean stopped;

    Connection(
        ServerProcess server,
        Rest rest,
        ThreadPoolTaskScheduler timer,
        List<String> subscribed,
        List<String> conversations,
        long seed) {
      this.server = server;
      this.rest = rest;
      this.subscribed = subscribed;
      this.conversations = conversations;
      this.random = new Random(seed);
      this.client = new WebSocketStompClient(new StandardWebSocketClient());
      client.setTaskScheduler(timer);
      client.setDefaultHeartbeat(new long[] {0, 0});
      subscribed.forEach(conversation -> seen.put(conversation, -1L));
    }

    boolean idle() {
      return unacknowledged.isEmpty();
    }

    boolean reached(Map<String, List<JsonNode>> logs) {
      return subscribed.stream().allMatch(c -> seen.get(c) == logs.get(c).size() - 1);
    }

    void stop() {
      stopped = true;
    }

    @Override
    public void run() {
      try {
        while (!stopped) {
          try {
            session();
          } catch (ExecutionException | TimeoutException | RuntimeException lost) {
            // the server is being killed or started: connect again
          }
          TimeUnit.MILLISECONDS.sleep(RECONNECT_MILLIS);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void session() throws InterruptedException, ExecutionException, TimeoutException {
      CountDownLatch closed = new CountDownLatch(1);
      StompHeaders connect = new StompHeaders();
      connect.set("Authorization", "Bearer " + rest.token);
      StompSession session =
          client
              .connectAsync(
                  server.uri("/ws").toString().replace("http", "ws"),
                  new WebSocketHttpHeaders(),
                  connect,
                  new StompSessionHandlerAdapter() {
                    @Override
                    public void handleTransportError(StompSession session, Throwable lost) {
                      closed.countDown();
                    }

                    @Override
                    public void handleFrame(StompHeaders headers, Object payload) {
                      // While the disk fails the server refuses, and what was sent is sent again.
                      if (!"unavailable".equals(headers.getFirst("code"))) {
                        faults.add("ERROR " + headers);
                      }
                    }
                  })
              .get(5, TimeUnit.SECONDS);
      try {
        subscribed.forEach(conversation -> subscribe(session, conversation));
        unacknowledged.forEach((id, send) -> send(session, id, send));
        while (!stopped && closed.getCount() > 0) {
          if (sending && unacknowledged.size() < MOST_UNACKNOWLEDGED) {
            String body = rest.user + "-" + sent++;
            Send send = new Send(conversations.get(random.nextInt(conversations.size())), body);
            unacknowledged.put(body, send);
            send(session, body, send);
          } else if (closed.await(5, TimeUnit.MILLISECONDS)) {
            return;
          }
        }
      } finally {
        if (session.isConnected()) {
          session.disconnect();
        }
      }
    }

    private void subscribe(StompSession session, String conversation) {
      StompHeaders headers = new StompHeaders();
      headers.setDestination("/topic/conversations/" + conversation);
      headers.set("after", String.valueOf(seen.get(conversation)));
      session.subscribe(
          headers,
          new StompFrameHandler() {
            @Override
            public Type getPayloadType(StompHeaders headers) {
              return byte[].class;
            }

            @Override
            public void handleFrame(StompHeaders headers, Object payload) {
              long sequence = Long.parseLong(headers.getFirst("sequence"));
              long expected = seen.get(conversation) + 1;
              if (sequence != expected) {
                faults.add(rest.user + " got " + headers + " instead of " + expected);
              }
              seen.put(conversation, sequence);
            }
          });
    }

    private void send(StompSession session, String id, Send send) {
      StompHeaders headers = new StompHeaders();
      headers.setDestination("/app/conversations/" + send.conversation + "/messages");
      headers.setContentType(MimeTypeUtils.APPLICATION_JSON);
      headers.setReceipt(id);
      String json = "{\"body\":\"" + send.body + "\",\"clientMessageId\":\"" + id + "\"}";
      session
          .send(headers, json.getBytes(StandardCharsets.UTF_8))
          .addReceiptTask(
              receipt -> {
                // in this order: whoever finds nothing unacknowledged counts the receipts
                if (unacknowledged.containsKey(id)) {
                  receipts.add(
                      new Receipt(
                          receipt.getFirst("conversation"),
                          Long.parseLong(receipt.getFirst("sequence")),
                          send.body));
                  unacknowledged.remove(id);
                }
              });
    }
  }
}
