package io.confab.edge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confab.edge.presence.Presence;
import io.confab.edge.presence.Status;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How sessions make presence, and how they see it and typing. */
class PresenceSessionTest {
  private static final String BOB = "/topic/presence/bob";
  private static final String TYPING = "/topic/conversations/c-1/typing";
  private final EdgeInMemory edge = new EdgeInMemory();
  private final FakeConfab confab = edge.confab;

  @AfterEach
  void stop() {
    edge.close();
  }

  private Status status(String user) {
    return edge.presence.query(List.of(user)).join().get(0).status();
  }

  private void pass(long seconds) {
    edge.clock.now = edge.clock.now.plusSeconds(seconds);
    edge.presence.tick();
  }

  private static void choose(EdgeInMemory.Client client, String status) {
    client.send("SEND", "{\"status\":\"" + status + "\"}", "destination:/app/presence");
  }

  private static void type(EdgeInMemory.Client client, String body, String... headers) {
    String[] all = java.util.Arrays.copyOf(headers, headers.length + 1);
    all[headers.length] = "destination:/app/conversations/c-1/typing";
    client.send("SEND", body, all);
  }

  private static void awaitBodies(EdgeInMemory.Client client, String id, String... bodies) {
    await()
        .untilAsserted(
            () ->
                assertThat(client.messages(id))
                    .extracting(RawClient.Frame::body)
                    .containsExactly(bodies));
  }

  private static String presence(String status, String since) {
    String at = since == null ? "null" : "\"2026-11-24T09:" + since + "Z\"";
    return "{\"user\":\"bob\",\"status\":\"" + status + "\",\"since\":" + at + "}";
  }

  @Test
  void whoConnectsIsOnlineUntilTheConnectionEnds() {
    EdgeInMemory.Client phone = edge.new Client("bob");
    EdgeInMemory.Client desk = edge.new Client("bob");
    assertThat(status("bob")).isEqualTo(Status.ONLINE);
    phone.session.closed(1006);
    assertThat(status("bob")).isEqualTo(Status.ONLINE);
    desk.send("DISCONNECT", "", "receipt:bye");
    assertThat(status("bob")).isEqualTo(Status.OFFLINE);
  }

  @Test
  void whoIsRefusedIsNotOnline() {
    edge.new Client("bob@2020-01-01T00:00:00Z");
    assertThat(status("bob")).isEqualTo(Status.OFFLINE);
  }

  @Test
  void everyEndOfASessionIsTheEndOfItsPresence() {
    EdgeInMemory.Client erring = edge.new Client("bob");
    erring.send("NACK", "", "id:1");
    assertThat(status("bob")).isEqualTo(Status.OFFLINE);
    edge.new Client("bob").session.close(4009, "reconnect");
    assertThat(status("bob")).isEqualTo(Status.OFFLINE);
  }

  @Test
  void heartBeatsAndFramesAreSignsOfLife() {
    EdgeInMemory.Client bob = edge.new Client("bob");
    pass(9);
    bob.session.receive("\n".getBytes(UTF_8));
    pass(9);
    assertThat(status("bob")).isEqualTo(Status.ONLINE);
    bob.send("UNSUBSCRIBE", "", "id:none");
    bob = edge.new Client("bob");
    pass(9);
    bob.subscribe("s", BOB);
    pass(9);
    assertThat(status("bob")).isEqualTo(Status.ONLINE);
    pass(1);
    assertThat(status("bob")).isEqualTo(Status.AWAY);
    pass(5);
    assertThat(status("bob")).isEqualTo(Status.OFFLINE);
    bob.session.receive("\n".getBytes(UTF_8));
    assertThat(status("bob")).isEqualTo(Status.ONLINE);
  }

  @Test
  void whoIsNotListenedToIsNotAway() {
    confab.start("c-1", "bob");
    confab.hold = true;
    EdgeInMemory.Client bob = edge.new Client("bob");
    for (int i = 0; i < EdgeSettings.DEFAULT.sendsInFlight(); i++) {
      bob.send("SEND", "{\"body\":\"x\"}", "destination:/app/conversations/c-1/messages");
    }
    bob.session.whenRoom(() -> {});
    edge.clock.now = edge.clock.now.plusSeconds(20);
    bob.session.sweep(System.nanoTime(), edge.clock.now);
    edge.presence.tick();
    assertThat(status("bob")).isEqualTo(Status.ONLINE);
  }

  @Test
  void aWatcherIsGivenTheReceiptThenThePresentStatusThenEachChange() {
    EdgeInMemory.Client ann = edge.new Client("ann");
    RawClient.Frame receipt = ann.subscribe("p\\c1", BOB);
    EdgeInMemory.Client bob = edge.new Client("bob");
    pass(1);
    choose(bob, "busy");
    pass(1);
    choose(bob, "online");
    pass(1);
    bob.session.closed(1006);
    awaitBodies(
        ann,
        "p\\c1",
        presence("offline", null),
        presence("online", "30:00"),
        presence("busy", "30:01"),
        presence("online", "30:02"),
        presence("offline", "30:03"));
    assertThat(ann.socket.frames().get(1)).isEqualTo(receipt);
    RawClient.Frame second = ann.messages("p\\c1").get(1);
    assertThat(second.headers())
        .containsExactly(
            Map.entry("subscription", "p\\c1"),
            Map.entry("message-id", "p\\c1@2"),
            Map.entry("destination", BOB),
            Map.entry("content-type", "application/json"),
            Map.entry("type", "Presence"),
            Map.entry("content-length", String.valueOf(second.body().length())));
  }

  @Test
  void aChoiceIsAnsweredWithAReceipt() {
    EdgeInMemory.Client bob = edge.new Client("bob");
    bob.send("SEND", "{\"status\":\"away\"}", "destination:/app/presence", "receipt:chosen");
    bob.awaitFrame("receipt-id", "chosen");
    assertThat(status("bob")).isEqualTo(Status.AWAY);
  }

  @Test
  void nothingIsDeliveredBehindTheEnd() {
    EdgeInMemory.Client ann = edge.new Client("ann");
    ann.subscribe("p", BOB);
    ann.subscribe("q", BOB);
    ann.send("UNSUBSCRIBE", "", "id:p", "receipt:u");
    ann.awaitFrame("receipt-id", "u");
    edge.new Client("bob");
    awaitBodies(ann, "q", presence("offline", null), presence("online", "30:00"));
    assertThat(ann.messages("p")).hasSize(1);
    ann.session.closed(1006);
    assertThat(edge.registry.get("confab.presence.watches").gauge().value()).isZero();
  }

  @Test
  void aSlowWatcherIsGivenTheLatestOnlyAndIsNotClosed() {
    EdgeInMemory.Client ann = edge.new Client("ann");
    ann.subscribe("p", BOB);
    EdgeInMemory.Client bob = edge.new Client("bob");
    awaitBodies(ann, "p", presence("offline", null), presence("online", "30:00"));
    ann.socket.stick(true);
    Presence.Device device = edge.presence.open("bob");
    for (int i = 0; i < 10_000; i++) {
      device.choose(i % 2 == 0 ? Status.BUSY : Status.ONLINE);
    }
    ann.socket.stick(false);
    await()
        .untilAsserted(
            () -> {
              ann.socket.finish();
              List<RawClient.Frame> all = ann.messages("p");
              assertThat(all).hasSizeLessThan(6_000);
              assertThat(all.get(all.size() - 1).body()).isEqualTo(presence("online", "30:00"));
              assertThat(ann.outbound.addIfRoom(StompFrames.heartBeat())).isTrue();
            });
    assertThat(ann.socket.closed()).isNull();
    assertThat(bob.socket.closed()).isNull();
  }

  @Test
  void membersSeeWhoIsTypingAndNothingIsStored() {
    confab.start("c-1", "ann", "bob");
    EdgeInMemory.Client ann = edge.new Client("ann");
    EdgeInMemory.Client bob = edge.new Client("bob");
    ann.subscribe("t", TYPING);
    type(bob, "", "receipt:typed");
    bob.awaitFrame("receipt-id", "typed");
    type(bob, "{\"typing\":false}");
    String typing = "{\"conversation\":\"c-1\",\"user\":\"bob\",\"forMillis\":";
    awaitBodies(ann, "t", typing + "6000}", typing + "0}");
    RawClient.Frame first = ann.messages("t").get(0);
    assertThat(first.headers())
        .containsEntry("type", "Typing")
        .containsEntry("message-id", "t@1")
        .containsEntry("destination", TYPING);
    assertThat(confab.head("c-1")).isZero();
  }

  @Test
  void typingThatComesTooOftenIsDroppedWithoutARefusal() {
    confab.start("c-1", "ann", "bob");
    EdgeInMemory.Client ann = edge.new Client("ann");
    EdgeInMemory.Client bob = edge.new Client("bob");
    ann.subscribe("t", TYPING);
    for (int i = 0; i < 50; i++) {
      type(bob, "{}", "receipt:r-" + i);
      type(bob, "{\"typing\":false}");
    }
    bob.awaitFrame("receipt-id", "r-49");
    pass(2);
    type(bob, "{}");
    await().until(() -> ann.messages("t").size() == 3);
    assertThat(edge.count("confab.presence.typing.dropped")).isEqualTo(98);
  }

  @Test
  void whoIsRemovedSeesNoMoreTyping() {
    confab.start("c-1", "ann", "bob", "cid");
    EdgeInMemory.Client ann = edge.new Client("ann");
    EdgeInMemory.Client bob = edge.new Client("bob");
    EdgeInMemory.Client cid = edge.new Client("cid");
    ann.subscribe("t", TYPING);
    cid.subscribe("t", TYPING);
    confab.remove("c-1", "cid");
    await().until(() -> edge.index.typing("c-1").size() == 1);
    type(bob, "{}");
    await().until(() -> ann.messages("t").size() == 1);
    assertThat(cid.messages("t")).isEmpty();
    type(cid, "{}");
    cid.awaitFrame("code", "not-a-member");
  }

  @Test
  void aRemovalThatTheFeedSkippedIsNoticed() {
    confab.start("c-1", "ann", "bob", "cid");
    EdgeInMemory.Client ann = edge.new Client("ann");
    EdgeInMemory.Client bob = edge.new Client("bob");
    EdgeInMemory.Client cid = edge.new Client("cid");
    ann.subscribe("t", TYPING);
    cid.subscribe("t", TYPING);
    confab.onAppend = lost -> {};
    confab.remove("c-1", "cid");
    pass(30);
    type(bob, "{}");
    await().until(() -> ann.messages("t").size() == 1);
    await().until(() -> edge.index.typing("c-1").size() == 1);
    assertThat(cid.messages("t")).isEmpty();
  }

  @Test
  void aRemovalWhileTheSubscriptionBeginsEndsIt() {
    confab.start("c-1", "ann", "bob", "cid");
    EdgeInMemory.Client ann = edge.new Client("ann");
    EdgeInMemory.Client cid = edge.new Client("cid");
    cid.subscribe("s", "/topic/conversations/c-1");
    confab.afterMember =
        () -> {
          confab.afterMember = () -> {};
          confab.remove("c-1", "ann");
          await().until(() -> cid.sequences("s").contains(1L));
        };
    ann.subscribe("t", TYPING);
    assertThat(edge.index.typing("c-1")).isEmpty();
    ann.subscribe("t", Destinations.REJECTIONS);
  }
}
