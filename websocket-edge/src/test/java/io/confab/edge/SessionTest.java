package io.confab.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confab.events.ConversationEvent.MembersAdded;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EncodedEvent;
import io.confab.events.EventType;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.Role;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

/** What a session is promised, rule by rule, without a server under it. */
class SessionTest {
  private static final String TOPIC = "/topic/conversations/c-1";
  private final EdgeInMemory edge = new EdgeInMemory(settings());
  private final FakeConfab confab = edge.confab;

  private static EdgeSettings settings() {
    EdgeSettings all = EdgeSettings.DEFAULT;
    return new EdgeSettings(
        all.frameLimit(),
        all.connectTimeout(),
        all.heartBeat(),
        all.idleTimeout(),
        DataSize.ofKilobytes(64),
        all.writeTimeout(),
        10,
        3,
        2,
        1,
        all.reconnectWithin(),
        all.batchMaxDelay());
  }

  @AfterEach
  void stop() {
    edge.close();
  }

  private static List<Long> range(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  private void say(String conversation, int times) {
    IntStream.range(0, times).forEach(i -> confab.say(conversation, "ann", "m" + i));
  }

  private static void send(EdgeInMemory.Client client, String receipt) {
    client.send(
        "SEND",
        "{\"body\":\"x\"}",
        "destination:/app/conversations/c-1/messages",
        "receipt:" + receipt);
  }

  private static long seconds(long seconds) {
    return System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
  }

  @Test
  void receiptComesOnlyWhenTheEventIsDurable() {
    confab.start("c-1", "ann");
    EdgeInMemory.Client ann = edge.new Client("ann");
    confab.hold = true;
    send(ann, "r-1");
    send(ann, "r-2");
    assertThat(confab.head("c-1")).as("sent without waiting").isEqualTo(2);
    ann.outbound.flush();
    assertThat(ann.socket.frames())
        .extracting(RawClient.Frame::command)
        .containsExactly("CONNECTED");

    confab.release();

    RawClient.Frame receipt = ann.awaitFrame("receipt-id", "r-2");
    assertThat(receipt.headers())
        .containsEntry("conversation", "c-1")
        .containsEntry("sequence", "2");
    assertThat(ann.awaitFrame("receipt-id", "r-1").sequence()).isEqualTo(1);
  }

  @Test
  void theFeedIsNotAskedForWhatIsRefused() {
    confab.start("c-1", "ann");
    confab.start("c-2", "bob");
    EdgeInMemory.Client ann = edge.new Client("ann");
    ann.subscribe("r", "/user/queue/rejections");
    for (String refused : List.of("c-2", "c-none")) {
      String topic = "destination:/topic/conversations/" + refused;
      ann.send("SUBSCRIBE", "", "id:" + refused, topic, "receipt:r-" + refused);
      ann.awaitFrame("receipt-id", "r-" + refused);
    }
    ann.subscribe("s", TOPIC);
    assertThat(confab.wanted).containsExactly("c-1");
  }

  @Test
  void nothingMoreIsReadWhileTooManySendsAreUnanswered() {
    confab.start("c-1", "ann");
    EdgeInMemory.Client ann = edge.new Client("ann", "heart-beat:1000,1000");
    AtomicInteger read = new AtomicInteger();
    confab.hold = true;
    send(ann, "r-1");
    ann.session.whenRoom(read::incrementAndGet);
    assertThat(read).hasValue(1);
    send(ann, "r-2");
    ann.session.whenRoom(read::incrementAndGet);
    assertThat(read).hasValue(1);
    // Who is not listened to is not silent.
    ann.session.sweep(seconds(30), FakeConfab.AT);

    confab.release();

    assertThat(read).hasValue(2);
    ann.awaitFrame("receipt-id", "r-2");
    assertThat(ann.socket.closed()).isNull();
    ann.session.sweep(seconds(30), FakeConfab.AT);
    await().until(() -> ann.socket.closed() != null);
    assertThat(ann.socket.closed().reason()).startsWith("silent");
  }

  @Test
  void aSessionThatEndsIsReadOn() {
    confab.start("c-1", "ann");
    EdgeInMemory.Client ann = edge.new Client("ann");
    AtomicInteger read = new AtomicInteger();
    confab.hold = true;
    send(ann, "r-1");
    send(ann, "r-2");
    ann.session.whenRoom(read::incrementAndGet);
    ann.session.close(4009, "reconnect");
    assertThat(read).as("so that its close is read").hasValue(1);
  }

  @Test
  void aReceiptMayBeLong() {
    confab.start("c-1", "ann");
    EdgeInMemory.Client ann = edge.new Client("ann");
    String receipt = "r".repeat(2_000);
    send(ann, receipt);
    assertThat(ann.awaitFrame("receipt-id", receipt).command()).isEqualTo("RECEIPT");
  }

  @Test
  void versionsMayBeSeparatedByBlanks() {
    EdgeInMemory.Client ann = edge.new Client("ann", "accept-version:1.1, 1.2");
    assertThat(ann.awaitFrame("version", "1.2").command()).isEqualTo("CONNECTED");
  }

  @Test
  void disconnectIsAnsweredAfterTheSendsBeforeIt() {
    confab.start("c-1", "ann");
    EdgeInMemory.Client ann = edge.new Client("ann");
    confab.hold = true;
    send(ann, "r-1");
    ann.send("DISCONNECT", "", "receipt:bye");
    assertThat(ann.socket.closed()).isNull();
    confab.release();
    ann.awaitFrame("receipt-id", "bye");
    assertThat(ann.socket.frames())
        .extracting(frame -> frame.header("receipt-id"))
        .containsExactly(null, "r-1", "bye");
    await().until(() -> ann.socket.closed() != null);
    assertThat(ann.socket.closed().code()).isEqualTo(1000);
  }

  @Test
  void everyVerbBecomesItsEvent() {
    confab.start("c-1", "ann");
    EdgeInMemory.Client ann = edge.new Client("ann");
    ann.subscribe("s", TOPIC);
    String message = "destination:/app/conversations/c-1/messages";
    ann.send("SEND", "{\"body\":\"x\"}", message);
    ann.send("SEND", "{\"body\":\"y\"}", message + "/1/replies");
    ann.send("SEND", "{\"body\":\"z\"}", message + "/1/edit");
    ann.send("SEND", "{\"emoji\":\"👍\"}", message + "/1/react");
    ann.send("SEND", "{\"emoji\":\"👍\"}", message + "/1/unreact");
    ann.send("SEND", "", message + "/1/delete");
    ann.send("SEND", "{\"upTo\":4}", "destination:/app/conversations/c-1/read", "receipt:read");
    RawClient.Frame read = ann.awaitFrame("receipt-id", "read");
    assertThat(read.headers()).containsEntry("conversation", "c-1").containsEntry("sequence", "4");
    await().until(() -> ann.messages("s").size() == 6);
    assertThat(ann.messages("s"))
        .extracting(frame -> frame.header("type"))
        .containsExactly(
            "MessageSent",
            "ReplySent",
            "MessageEdited",
            "ReactionAdded",
            "ReactionRemoved",
            "MessageDeleted");
  }

  @Test
  void messageHasTheHeadersOfTheProtocolAndTheEnvelopeAsItIs() {
    confab.start("c-1", "ann");
    EdgeInMemory.Client ann = edge.new Client("ann");
    ann.send("SUBSCRIBE", "", "id:a\\cb", "destination:" + TOPIC, "receipt:r");
    ann.awaitFrame("receipt-id", "r");
    confab.say("c-1", "ann", "héllo 👋");
    await().until(() -> ann.socket.frames().size() == 3);
    RawClient.Frame message = ann.socket.frames().get(2);
    String body =
        new String(
            confab.read("c-1", 1, 1).get(0).envelope(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(message.body()).isEqualTo(body);
    int length = confab.read("c-1", 1, 1).get(0).envelope().length;
    assertThat(message.headers())
        .containsExactly(
            java.util.Map.entry("subscription", "a\\cb"),
            java.util.Map.entry("message-id", "c-1@1"),
            java.util.Map.entry("destination", TOPIC),
            java.util.Map.entry("content-type", "application/json"),
            java.util.Map.entry("type", "MessageSent"),
            java.util.Map.entry("conversation", "c-1"),
            java.util.Map.entry("sequence", "1"),
            java.util.Map.entry("content-length", String.valueOf(length)));
  }

  @Test
  void receiptThenReplayThenLive() {
    confab.start("c-1", "ann");
    say("c-1", 6);
    EdgeInMemory.Client ann = edge.new Client("ann");
    RawClient.Frame receipt = ann.subscribe("s", TOPIC, "after:2");
    assertThat(receipt.header("head")).isEqualTo("6");
    say("c-1", 2);
    await().until(() -> ann.messages("s").size() == 6);
    assertThat(ann.sequences("s")).isEqualTo(range(3, 8));
    assertThat(ann.socket.frames().get(1)).isEqualTo(receipt);
  }

  @Test
  void withoutAfterTheDeliveryBeginsBehindTheHeadOfTheReceipt() {
    confab.start("c-1", "ann", "bob");
    edge.new Client("bob").subscribe("s", TOPIC); // who comes first is asked about twice
    EdgeInMemory.Client ann = edge.new Client("ann");
    // Between the head and the answer to "is she a member" an event comes in.
    confab.beforeMembership = () -> confab.say("c-1", "ann", "between");
    RawClient.Frame receipt = ann.subscribe("s", TOPIC);
    confab.say("c-1", "ann", "after");
    long head = Long.parseLong(receipt.header("head"));
    await().until(() -> ann.sequences("s").contains(2L));
    assertThat(ann.sequences("s")).isEqualTo(range(head + 1, 2));
  }

  @Test
  void aGapOverTheResumeLimitIsNamed() {
    confab.start("c-1", "ann");
    say("c-1", 12);
    EdgeInMemory.Client ann = edge.new Client("ann");
    ann.subscribe("s", TOPIC, "after:1");
    say("c-1", 1);
    await().until(() -> ann.messages("s").size() == 2);
    RawClient.Frame gap = ann.messages("s").get(0);
    assertThat(gap.header("type")).isEqualTo("HistoryGap");
    assertThat(gap.body()).isEqualTo("{\"from\":2,\"to\":12}");
    assertThat(ann.messages("s").get(1).sequence()).isEqualTo(13);

    EdgeInMemory.Client within = edge.new Client("ann");
    within.subscribe("s", TOPIC, "after:3");
    await().until(() -> within.messages("s").size() == 10);
    assertThat(within.sequences("s")).isEqualTo(range(4, 13));
  }

  @Test
  void whatTheFeedRepeatsIsDroppedAndWhatItSkipsIsReadFromTheLog() {
    confab.start("c-1", "ann");
    EdgeInMemory.Client ann = edge.new Client("ann");
    ann.subscribe("s", TOPIC);
    confab.onAppend = lost -> {};
    say("c-1", 3);
    confab.onAppend = event -> confab.feed(List.of(event, event));
    say("c-1", 2);
    await().until(() -> ann.sequences("s").contains(5L));
    assertThat(ann.sequences("s")).isEqualTo(range(1, 5));
    assertThat(edge.count("confab.edge.repaired")).isEqualTo(1);
  }

  @Test
  void aRemovedMemberReceivesThatAndNothingMore() {
    confab.start("c-1", "ann", "bob");
    EdgeInMemory.Client ann = edge.new Client("ann");
    EdgeInMemory.Client bob = edge.new Client("bob");
    ann.subscribe("s", TOPIC);
    bob.subscribe("s", TOPIC);
    bob.subscribe("in", Destinations.INBOX);
    confab.remove("c-1", "bob");
    say("c-1", 2);
    await().until(() -> ann.messages("s").size() == 3);
    assertThat(bob.sequences("s")).containsExactly(1L);
    assertThat(bob.sequences("in")).containsExactly(1L);
    assertThat(edge.index.cursors("c-1")).hasSize(1);
    // The id is free again, and giving it up is no mistake.
    bob.send("UNSUBSCRIBE", "", "id:s", "receipt:u");
    bob.awaitFrame("receipt-id", "u");
  }

  @Test
  void aRemovalWhileReplayingEndsTheReplay() {
    confab.start("c-1", "ann", "bob");
    EdgeInMemory.Client bob = edge.new Client("bob");
    bob.socket.stick(true);
    confab.append("c-1", "ann", new MessageSent(1, MessageContent.of("x".repeat(28_000))));
    confab.append("c-1", "ann", new MessageSent(2, MessageContent.of("x".repeat(28_000))));
    say("c-1", 1);
    bob.send("SUBSCRIBE", "", "id:s", "destination:" + TOPIC, "after:0");
    confab.remove("c-1", "bob");
    say("c-1", 2);
    bob.socket.stick(false);
    await()
        .untilAsserted(
            () -> {
              bob.socket.finish();
              assertThat(bob.sequences("s")).isEqualTo(range(1, 4));
            });
    await().until(() -> edge.index.cursors("c-1").length == 0);
  }

  @Test
  void aRemovalOfLongAgoIsHistory() {
    confab.start("c-1", "ann", "bob");
    confab.remove("c-1", "bob");
    confab.add("c-1", "bob");
    EdgeInMemory.Client bob = edge.new Client("bob");
    bob.subscribe("s", TOPIC, "after:-1");
    say("c-1", 1);
    await().until(() -> bob.messages("s").size() == 4);
    assertThat(bob.sequences("s")).isEqualTo(range(0, 3));
  }

  @Test
  void theInboxFollowsMembership() {
    confab.start("c-1", "ann");
    EdgeInMemory.Client ann = edge.new Client("ann");
    ann.subscribe("in", Destinations.INBOX);
    confab.say("c-1", "ann", "one");
    confab.start("c-2", "bob", "ann");
    confab.start("c-3", "bob");
    confab.say("c-3", "bob", "not for ann");
    confab.add("c-3", "ann");
    confab.say("c-3", "bob", "for ann");
    confab.remove("c-3", "ann");
    confab.say("c-3", "bob", "not for ann");
    confab.say("c-1", "ann", "two");
    await().until(() -> ann.messages("in").size() == 6);
    assertThat(ann.messages("in"))
        .extracting(frame -> frame.header("message-id"))
        .containsExactlyInAnyOrder("c-1@1", "c-2@0", "c-3@2", "c-3@3", "c-3@4", "c-1@2");
    assertThat(ann.messages("in"))
        .allSatisfy(
            frame -> assertThat(frame.header("destination")).isEqualTo("/user/queue/inbox"));
  }

  @Test
  void subscriptionsAreBoundedAndEnd() {
    confab.start("c-1", "ann");
    EdgeInMemory.Client ann = edge.new Client("ann");
    ann.subscribe("no", Destinations.REJECTIONS);
    ann.subscribe("s1", TOPIC);
    ann.subscribe("s2", TOPIC);
    assertThat(ann.subscribe("s3", TOPIC).header("code")).isEqualTo("too-many-subscriptions");
    ann.send("UNSUBSCRIBE", "", "id:s1", "receipt:u");
    ann.awaitFrame("receipt-id", "u");
    say("c-1", 1);
    await().until(() -> ann.messages("s2").size() == 1);
    assertThat(ann.messages("s1")).isEmpty();
    ann.session.closed(1006);
    assertThat(edge.index.cursors("c-1")).isEmpty();
    assertThat(edge.registry.get("confab.edge.subscriptions").gauge().value()).isZero();
  }

  @Test
  void subscriptionsThatEndedMakeRoom() {
    confab.start("c-1", "ann", "bob");
    confab.start("c-2", "ann", "bob");
    EdgeInMemory.Client bob = edge.new Client("bob");
    bob.subscribe("no", Destinations.REJECTIONS);
    bob.subscribe("s1", TOPIC);
    bob.subscribe("s2", Destinations.topic("c-2"));
    confab.remove("c-1", "bob");
    await().until(() -> bob.messages("s1").size() == 1);
    assertThat(bob.subscribe("s3", Destinations.topic("c-2")).command()).isEqualTo("RECEIPT");
    assertThat(edge.registry.get("confab.edge.subscriptions").gauge().value()).isEqualTo(3);
  }

  @Test
  void rejectionsGoToWhichSubscriptionIsLeft() {
    confab.start("c-1", "bob");
    EdgeInMemory.Client ann = edge.new Client("ann");
    ann.subscribe("no-1", Destinations.REJECTIONS);
    ann.subscribe("no-2", Destinations.REJECTIONS);
    ann.send("UNSUBSCRIBE", "", "id:no-2");
    send(ann, "r");
    RawClient.Frame rejection = ann.awaitFrame("receipt-id", "r");
    assertThat(rejection.header("subscription")).isEqualTo("no-1");
    ann.send("UNSUBSCRIBE", "", "id:no-1");
    send(ann, "r-2");
    assertThat(ann.awaitFrame("receipt-id", "r-2").command()).isEqualTo("ERROR");
  }

  @Test
  void anAdditionWhileTheInboxIsMadeIsNotLost() {
    confab.start("c-1", "bob", "ann");
    EdgeInMemory.Client bob = edge.new Client("bob");
    bob.subscribe("s", TOPIC);
    EdgeInMemory.Client ann = edge.new Client("ann");
    // So that the look at the one conversation does not confirm her.
    confab.afterMembership = () -> confab.remove("c-1", "ann");
    confab.afterMember =
        () -> {
          confab.add("c-1", "ann");
          await().until(() -> bob.sequences("s").contains(2L)); // and the fan-out knows it
        };
    ann.subscribe("in", Destinations.INBOX);
    confab.say("c-1", "bob", "for ann");
    await().until(() -> ann.sequences("in").contains(3L));
    assertThat(ann.sequences("in")).isEqualTo(range(2, 3));
  }

  @Test
  void whatEndsBeforeItIsRegisteredLeavesNothingBehind() {
    EdgeInMemory.Client ann = edge.new Client("ann");
    Cursor cursor = new Cursor(ann.session, "s", TOPIC, "c-1", edge.index, edge.catchUp);
    cursor.end();
    edge.index.add(cursor);
    cursor.end();
    assertThat(edge.index.cursors("c-1")).isEmpty();
  }

  @Test
  void anEventThatCannotBeReadEndsTheReplay() {
    confab.start("c-1", "ann");
    confab.appendDamaged("c-1", EventType.MEMBER_REMOVED);
    EdgeInMemory.Client ann = edge.new Client("ann");
    ann.subscribe("s", TOPIC, "after:0");
    ann.awaitFrame("code", "internal-error");
    await().until(() -> ann.socket.closed() != null);
    assertThat(edge.index.cursors("c-1")).isEmpty();
  }

  @Test
  void anEventThatCannotBeReadEndsTheSessionsItMayConcern() {
    confab.start("c-1", "ann", "bob");
    EdgeInMemory.Client ann = edge.new Client("ann");
    EdgeInMemory.Client bob = edge.new Client("bob");
    EdgeInMemory.Client cid = edge.new Client("cid");
    ann.subscribe("s", TOPIC);
    cid.subscribe("in", Destinations.INBOX);
    confab.appendDamaged("c-1", EventType.MEMBERS_ADDED);
    cid.awaitFrame("code", "internal-error");
    await().until(() -> ann.sequences("s").equals(range(1, 1)));
    bob.subscribe("s", TOPIC);
    confab.appendDamaged("c-1", EventType.MEMBER_REMOVED);
    ann.awaitFrame("code", "internal-error");
    bob.awaitFrame("code", "internal-error");
  }

  @Test
  void aVeryLongFrameCountsForAQuarterOfTheBound() {
    confab.start("c-1", "ann");
    EdgeInMemory.Client ann = edge.new Client("ann");
    ann.subscribe("s", TOPIC);
    ann.socket.stick(true);
    List<Member> members =
        IntStream.range(0, 2_000).mapToObj(i -> new Member("user-" + i, Role.MEMBER)).toList();
    EncodedEvent added = confab.append("c-1", "ann", new MembersAdded(members));
    assertThat(added.envelope()).as("over the bound").hasSizeGreaterThan(64 << 10);
    say("c-1", 5);
    await()
        .untilAsserted(
            () -> {
              ann.socket.finish();
              assertThat(ann.sequences("s")).isEqualTo(range(1, 6));
            });
    assertThat(ann.socket.closed()).isNull();
  }

  @Test
  void aSlowSessionIsClosedAndDisturbsNobody() {
    confab.start("c-1", "ann", "bob");
    EdgeInMemory.Client slow = edge.new Client("ann");
    EdgeInMemory.Client fast = edge.new Client("bob");
    slow.subscribe("s", TOPIC);
    fast.subscribe("s", TOPIC);
    slow.socket.stick(true);
    String body = "x".repeat(20_000);
    for (int i = 0; i < 10; i++) {
      confab.say("c-1", "ann", body);
    }
    await().until(() -> fast.messages("s").size() == 10);
    await().until(() -> slow.outbound.closeCode() == 4008);
    // Not between the bytes of the write that is under way.
    assertThat(slow.socket.closed()).isNull();
    slow.socket.finish();
    await().until(() -> slow.socket.closed() != null);
    assertThat(slow.socket.closed().code()).isEqualTo(4008);
    assertThat(slow.socket.closed().reason()).startsWith("slow-consumer");
    assertThat(fast.sequences("s")).isEqualTo(range(1, 10));
  }

  @Test
  void aReplayWaitsForASlowSession() {
    confab.start("c-1", "ann");
    String body = "x".repeat(20_000);
    for (int i = 0; i < 10; i++) {
      confab.say("c-1", "ann", body);
    }
    EdgeInMemory.Client ann = edge.new Client("ann");
    ann.socket.stick(true);
    ann.send("SUBSCRIBE", "", "id:s", "destination:" + TOPIC, "after:0");
    await()
        .untilAsserted(
            () -> {
              ann.socket.finish();
              assertThat(ann.sequences("s")).isEqualTo(range(1, 10));
            });
    assertThat(ann.socket.closed()).isNull();
  }

  @Test
  void oneWriteIsUnderWayAtATimeAndTheCloseComesBehindTheLast() {
    EdgeInMemory.MemorySocket socket = new EdgeInMemory.MemorySocket();
    Outbound outbound = new Outbound(socket, Runnable::run, settings());
    socket.stick(true);
    outbound.add(StompFrames.receipt("one"));
    outbound.flush();
    outbound.add(StompFrames.receipt("two"));
    outbound.close(4009, "reconnect", true);
    assertThat(socket.frames()).hasSize(1);
    socket.finish();
    assertThat(socket.frames()).hasSize(2);
    outbound.flush();
    assertThat(socket.closed()).isNull();
    socket.finish();
    assertThat(socket.closed()).isEqualTo(new RawClient.Close(4009, "reconnect"));
  }

  @Test
  void aWriteThatTakesTooLongClosesAndThenAborts() {
    EdgeInMemory.Client ann = edge.new Client("ann");
    ann.socket.stick(true);
    long before = System.nanoTime(); // the write begins after this, however slow the machine is
    ann.send("SUBSCRIBE", "", "id:s", "destination:" + Destinations.REJECTIONS, "receipt:r");
    ann.awaitFrame("receipt-id", "r");
    ann.session.sweep(before + Duration.ofSeconds(9).toNanos(), FakeConfab.AT);
    assertThat(ann.outbound.closeCode()).isZero();
    ann.session.sweep(seconds(11), FakeConfab.AT);
    assertThat(ann.outbound.closeCode()).isEqualTo(4008);
    ann.session.sweep(before + Duration.ofSeconds(50).toNanos(), FakeConfab.AT);
    assertThat(ann.socket.aborted()).isFalse();
    ann.session.sweep(seconds(61), FakeConfab.AT);
    assertThat(ann.socket.aborted()).isTrue();
  }

  @Test
  void whoReadsAgainAfterTheTimeoutIsToldWhy() {
    EdgeInMemory.Client ann = edge.new Client("ann");
    ann.socket.stick(true);
    ann.send("SUBSCRIBE", "", "id:s", "destination:" + Destinations.REJECTIONS, "receipt:r");
    ann.awaitFrame("receipt-id", "r");
    ann.session.sweep(seconds(11), FakeConfab.AT);
    ann.socket.finish();
    await().until(() -> ann.socket.closed() != null);
    assertThat(ann.socket.closed().code()).isEqualTo(4008);
  }

  @Test
  void aTokenThatEndsEndsTheSession() {
    EdgeInMemory.Client ann = edge.new Client("ann@2026-11-24T10:00:00Z");
    ann.session.sweep(System.nanoTime(), FakeConfab.AT);
    assertThat(ann.socket.closed()).isNull();
    ann.session.sweep(System.nanoTime(), FakeConfab.AT.plusSeconds(1_800));
    ann.awaitFrame("code", "unauthenticated");
    await().until(() -> ann.socket.closed() != null);
    assertThat(ann.socket.closed()).isEqualTo(new RawClient.Close(4400, "unauthenticated"));
  }

  @Test
  void aFrameAfterTheTokensEndIsRefused() {
    confab.start("c-1", "ann");
    EdgeInMemory.Client ann = edge.new Client("ann@2026-11-24T10:00:00Z");
    edge.clock.now = FakeConfab.AT.plusSeconds(1_800);
    send(ann, "r");
    ann.awaitFrame("code", "unauthenticated");
    assertThat(confab.head("c-1")).isZero();
  }
}
