package io.confab.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.messaging.simp.stomp.StompFrameHandler;
import org.springframework.messaging.simp.stomp.StompHeaders;
import org.springframework.messaging.simp.stomp.StompSession;
import org.springframework.messaging.simp.stomp.StompSessionHandlerAdapter;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.web.socket.WebSocketHttpHeaders;
import org.springframework.web.socket.client.standard.StandardWebSocketClient;
import org.springframework.web.socket.messaging.WebSocketStompClient;

/** The whole way with a client that others wrote: Spring's. */
class SpringClientTest {
  private final TestEdge edge = new TestEdge();
  private final ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
  private final WebSocketStompClient client =
      new WebSocketStompClient(new StandardWebSocketClient());

  private record Received(StompHeaders headers, String body) {}

  private static final class Collector implements StompFrameHandler {
    private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();

    @Override
    public Type getPayloadType(StompHeaders headers) {
      return byte[].class;
    }

    @Override
    public void handleFrame(StompHeaders headers, Object payload) {
      received.add(new Received(headers, new String((byte[]) payload, StandardCharsets.UTF_8)));
    }

    Received next() throws InterruptedException {
      Received next = received.poll(60, TimeUnit.SECONDS);
      assertThat(next).isNotNull();
      return next;
    }
  }

  @BeforeEach
  void start() {
    scheduler.initialize();
    client.setTaskScheduler(scheduler);
    client.start();
  }

  @AfterEach
  void stop() {
    client.stop();
    scheduler.shutdown();
    edge.close();
  }

  private StompSession connect(String user) throws Exception {
    StompHeaders connect = new StompHeaders();
    connect.set("Authorization", "Bearer " + user);
    return client
        .connectAsync(
            edge.uri().toString(),
            new WebSocketHttpHeaders(),
            connect,
            new StompSessionHandlerAdapter() {})
        .get(60, TimeUnit.SECONDS);
  }

  private static StompHeaders headers(String destination, String receipt) {
    StompHeaders headers = new StompHeaders();
    headers.setDestination(destination);
    headers.setReceipt(receipt);
    return headers;
  }

  private static StompHeaders receipt(StompSession.Receiptable receiptable) throws Exception {
    CompletableFuture<StompHeaders> arrived = new CompletableFuture<>();
    receiptable.addReceiptTask(arrived::complete);
    return arrived.get(60, TimeUnit.SECONDS);
  }

  @Test
  void whatOneSendsTheOthersReceiveAndTheSenderIsTold() throws Exception {
    edge.confab.start("c-1", "alice", "bob");
    StompSession alice = connect("alice");
    StompSession bob = connect("bob");
    Collector toBob = new Collector();
    StompHeaders subscribed =
        receipt(bob.subscribe(headers("/topic/conversations/c-1", "r-sub"), toBob));
    assertThat(subscribed.getFirst("head")).isEqualTo("0");

    byte[] body = "{\"body\":\"hello\"}".getBytes(StandardCharsets.UTF_8);
    StompHeaders receipt =
        receipt(alice.send(headers("/app/conversations/c-1/messages", "r-1"), body));

    assertThat(receipt.getReceiptId()).isEqualTo("r-1");
    assertThat(receipt.getFirst("conversation")).isEqualTo("c-1");
    assertThat(receipt.getFirst("sequence")).isEqualTo("1");
    Received message = toBob.next();
    assertThat(message.headers().getFirst("message-id")).isEqualTo("c-1@1");
    assertThat(message.headers().getFirst("type")).isEqualTo("MessageSent");
    assertThat(message.body())
        .isEqualTo(
            new String(edge.confab.read("c-1", 1, 1).get(0).envelope(), StandardCharsets.UTF_8));
  }
}
