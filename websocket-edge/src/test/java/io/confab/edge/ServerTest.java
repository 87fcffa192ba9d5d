package io.confab.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Deadlines, heart-beats and the stop, on a real server. */
class ServerTest {
  private final TestEdge edge =
      new TestEdge(
          "confab.edge.heart-beat=1s",
          "confab.edge.outbound-limit=64KB",
          "confab.edge.reconnect-within=2s");

  @AfterEach
  void stop() {
    edge.close();
  }

  @Test
  void whoDoesNotConnectIsClosed() {
    try (TestEdge hasty = new TestEdge("confab.edge.connect-timeout=1s");
        RawClient client = RawClient.open(hasty.port())) {
      assertThat(client.next("ERROR").header("code")).isEqualTo("unauthenticated");
      assertThat(client.awaitClose().code()).isEqualTo(4400);
    }
  }

  @Test
  void heartBeatsGoBothWays() throws InterruptedException {
    try (RawClient silent = edge.connect("alice", "heart-beat:1000,1000")) {
      assertThat(silent.heartBeats.poll(10, TimeUnit.SECONDS)).isNotNull();
      RawClient.Close close = silent.awaitClose();
      assertThat(close.code()).isEqualTo(4400);
      assertThat(close.reason()).isEqualTo("silent for more than 3000 ms");
    }
  }

  @Test
  void aConsumerThatDoesNotReadIsClosedAndTheOthersGoOn() {
    edge.confab.start("c-1", "slow", "fast");
    RawClient slow = RawClient.handshake(edge.port(), 4_096, "Sec-WebSocket-Protocol: v12.stomp");
    slow.send(RawClient.connectFrame("slow"));
    slow.subscribe("s", "/topic/conversations/c-1", "after:0");
    try (RawClient fast = edge.connect("fast")) {
      fast.subscribed("s", "/topic/conversations/c-1");
      String body = "x".repeat(20_000);
      long said = 0;
      while (edge.closed("4008") == 0) {
        edge.confab.say("c-1", "slow", body);
        assertThat(fast.next("MESSAGE").sequence()).isEqualTo(++said);
        edge.context.getBean(Sessions.class).sweep();
        assertThat(said).isLessThan(20_000);
        slowMayClose(slow, said);
      }
    }
    slow.close();
  }

  @Test
  void aPingIsAnsweredBetweenWholeFrames() throws Exception {
    try (TestEdge defaults = new TestEdge(); // they take all of it where nothing is read
        RawClient ann = defaults.connect("ann")) {
      defaults.confab.start("c-1", "ann");
      ann.subscribed("s", "/topic/conversations/c-1");
      String body = "x".repeat(20_000);
      for (int i = 1; i <= 50; i++) {
        defaults.confab.say("c-1", "ann", body);
        ann.send(9, true, ("ping " + i).getBytes(StandardCharsets.UTF_8));
      }
      for (int i = 1; i <= 50; i++) {
        assertThat(ann.next("MESSAGE").sequence()).isEqualTo(i);
        assertThat(ann.pongs.poll(10, TimeUnit.SECONDS)).isEqualTo("ping " + i);
      }
    }
  }

  /** Begins to read once much more was said than the server keeps, and so sees the close. */
  private static void slowMayClose(RawClient slow, long said) {
    if (said == 1_000) {
      slow.read();
      assertThat(slow.awaitClose().code()).isEqualTo(4008);
    }
  }

  @Test
  void manySendsInOneGoAreAllAnswered() {
    int sends = 3_000;
    try (TestEdge defaults = new TestEdge();
        RawClient client = defaults.connect("alice")) {
      FakeConfab confab = defaults.confab;
      confab.start("c-1", "alice");
      confab.hold = true;
      // On a thread of its own, because the server stops reading in between.
      CompletableFuture<Void> sending =
          CompletableFuture.runAsync(
              () -> {
                for (int i = 1; i <= sends; i++) {
                  client.say("c-1", "x", "receipt:" + i);
                }
              });
      await().until(() -> confab.held() == EdgeSettings.DEFAULT.sendsInFlight());
      confab.hold = false;
      confab.release();
      Set<Long> answered = new HashSet<>();
      for (int i = 1; i <= sends; i++) {
        RawClient.Frame receipt = client.next("RECEIPT");
        assertThat(receipt.header("receipt-id")).isEqualTo(receipt.header("sequence"));
        answered.add(receipt.sequence());
      }
      assertThat(answered).hasSize(sends);
      sending.join();
    }
  }

  @Test
  void onStopClientsAreToldWhenToComeBack() {
    RawClient client = edge.connect("alice");
    edge.context.close();
    RawClient.Close close = client.awaitClose();
    assertThat(close.code()).isEqualTo(4009);
    assertThat(close.reason()).matches("reconnect-after-ms=([0-9]{1,3}|1[0-9]{3}|2000)");
  }
}
