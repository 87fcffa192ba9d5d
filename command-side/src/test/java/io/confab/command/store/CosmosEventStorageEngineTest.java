package io.confab.command.store;

import static io.confab.command.store.Conversations.START;
import static io.confab.command.store.Conversations.clientMessageId;
import static io.confab.command.store.Conversations.message;
import static io.confab.command.store.Conversations.messages;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.confab.cosmos.LocalCosmos;
import io.confab.events.CommandRejected;
import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessagePinned;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.ConversationEvent.ReplySent;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import io.confab.events.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.modelling.command.ConcurrencyException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is this store's own, besides the contracts: commits, outcomes, buckets, other writers. */
@Timeout(60)
class CosmosEventStorageEngineTest {
  /** Above all sequences here. */
  private static final long ALL = 1_000;

  /** So short that a stalled request is given up; a second for throttling comes on top. */
  private static final Duration SHORT = Duration.ofSeconds(1);

  private CosmosTestStore store = new CosmosTestStore();
  private CosmosEventStorageEngine engine = store.open();

  @AfterEach
  void close() {
    LocalCosmos.shared().heal();
    engine.close();
    store.close();
  }

  private void giveUpSoon() {
    close();
    store = new CosmosTestStore(SHORT);
    engine = store.open();
  }

  // Commits

  @Test
  void whatComesWhileACommitIsWrittenIsTheNextCommit() {
    store.fault("'kind':'stall','on':'writes','name':'stall'");
    List<CompletableFuture<Void>> appends = new ArrayList<>();
    appends.add(enqueue("a", 0, 1));
    Awaitility.await().until(() -> LocalCosmos.shared().faults().contains("\"held\":1"));
    for (int i = 1; i < 50; i++) {
      appends.add(enqueue("a", i, 1));
    }
    LocalCosmos.shared().heal("stall");
    appends.forEach(CosmosEventStorageEngineTest::await);
    assertThat(store.commits())
        .extracting(
            commit -> commit.get("id").asText(), commit -> commit.get("lastSequence").asLong())
        .containsExactlyInAnyOrder(
            tuple("0000000000000000000", 0L), tuple("0000000000000000001", 49L));
    assertThat(bodies("a", 0)).isEqualTo(places("a", 0, 50));
  }

  @Test
  void aCommitIsNoLargerThanAnItemMayBe() {
    String body = "x".repeat(20_000);
    store.fault("'kind':'stall','on':'writes','name':'stall'");
    List<CompletableFuture<Void>> appends = new ArrayList<>();
    appends.add(enqueue("a", 0, 1));
    Awaitility.await().until(() -> LocalCosmos.shared().faults().contains("\"held\":1"));
    for (int sequence = 1; sequence <= 90; sequence++) {
      appends.add(engine.enqueue(List.of(message("a", sequence, body)), engine.epoch()));
    }
    LocalCosmos.shared().heal("stall");
    appends.forEach(CosmosEventStorageEngineTest::await);
    assertThat(store.commits())
        .hasSizeGreaterThanOrEqualTo(3)
        .allSatisfy(commit -> assertThat(commit.toString().length()).isLessThan(3 << 19));
    assertThat(engine.head("a")).isEqualTo(90);
  }

  @Test
  void theLargestChannelFitsIntoACommit() {
    List<Member> members =
        IntStream.range(0, 25_000)
            .mapToObj(i -> new Member("%08d-%s".formatted(i, randomName(i)), Role.MEMBER))
            .toList();
    append("a", 0, "alice", new ConversationStarted(Kind.CHANNEL, "News", members));
    EventEnvelope read = EventJson.read(engine.read("a", 0, 1).get(0).envelope());
    assertThat(((ConversationStarted) read.event()).members()).isEqualTo(members);
  }

  /** As long as an id may be, with the eight digits and a hyphen before it. */
  private static String randomName(int seed) {
    return new Random(seed)
        .ints(55, 0, 36)
        .mapToObj(digit -> Character.toString(Character.forDigit(digit, 36)))
        .collect(Collectors.joining());
  }

  @Test
  void whatFitsIntoNoCommitIsRefusedByName() {
    String noise =
        new Random(1)
            .ints(3 << 20, 0, 36)
            .mapToObj(digit -> Character.toString(Character.forDigit(digit, 36)))
            .collect(Collectors.joining());
    assertThatThrownBy(() -> engine.enqueue(List.of(message("a", 0, noise)), engine.epoch()))
        .isInstanceOfSatisfying(
            CommandRejected.class,
            rejected -> assertThat(rejected.code()).isEqualTo(RejectionCode.BODY_TOO_LARGE));
    await(enqueue("a", 0, 1));
  }

  // Outcomes

  @Test
  void anAnswerThatWasLostIsReadBack() {
    store.fault("'kind':'lose','on':'writes','times':1");
    CompletableFuture<Void> append = enqueue("a", 0, 2);
    CompletableFuture<Void> behind = enqueue("a", 2, 1);
    await(append);
    await(behind);
    assertThat(bodies("a", 0)).isEqualTo(places("a", 0, 3));
    assertThat(engine.epoch()).isZero();
    assertThat(store.count("confab.store.readbacks")).isEqualTo(1);
  }

  @Test
  void whatWasNotDoneIsDoneAgain() {
    store.fault("'kind':'drop','on':'writes','times':1");
    await(enqueue("a", 0, 2));
    store.fault("'kind':'refuse','status':500,'on':'writes','times':1");
    await(enqueue("a", 2, 1));
    assertThat(bodies("a", 0)).isEqualTo(places("a", 0, 3));
    assertThat(engine.epoch()).isZero();
  }

  @Test
  void aRequestThatArrivesAfterItWasGivenUpDoublesNothing() {
    giveUpSoon();
    store.fault("'kind':'stall','on':'writes','times':1,'name':'stall'");
    CompletableFuture<Void> append = enqueue("a", 0, 2);
    await(append);
    await(enqueue("a", 2, 1));
    LocalCosmos.shared().heal("stall");
    await(enqueue("a", 3, 1));
    assertThat(bodies("a", 0)).isEqualTo(places("a", 0, 4));
    assertThat(store.commits()).hasSize(3);
    assertThat(store.count("confab.store.readbacks")).isPositive();
  }

  @Test
  void whileTheOutcomeIsUnknownNothingIsAnswered() {
    store.fault("'kind':'refuse','status':500,'on':'writes','name':'down'");
    CompletableFuture<Void> append = enqueue("a", 0, 1);
    CompletableFuture<Void> behind = enqueue("a", 1, 1);
    Awaitility.await()
        .untilAsserted(
            () -> assertThat(store.count("confab.store.readbacks")).isGreaterThanOrEqualTo(3));
    assertThat(append).isNotDone();
    assertThat(behind).isNotDone();
    await(enqueueElsewhere());
    LocalCosmos.shared().heal("down");
    await(append);
    await(behind);
    assertThat(bodies("a", 0)).isEqualTo(places("a", 0, 2));
  }

  /** Another store's conversations go on; this database's writes are all refused meanwhile. */
  private CompletableFuture<Void> enqueueElsewhere() {
    CosmosTestStore other = new CosmosTestStore();
    CosmosEventStorageEngine elsewhere = other.open();
    CompletableFuture<Void> append = elsewhere.enqueue(messages("a", 0, 1), 0);
    append.join();
    elsewhere.close();
    other.connection.close();
    return append;
  }

  @Test
  void aConflictIsNotTakenForTheOwnCommit() {
    CosmosEventStorageEngine other = store.open();
    await(enqueue("a", 0, 1));
    other.appendEvents(List.of(message("a", 1, "the other's")));
    store.fault("'kind':'lose','on':'writes','times':1");
    assertFails(engine.enqueue(messages("a", 1, 1), engine.epoch()), ConcurrencyException.class);
    assertThat(bodies("a", 0)).containsExactly("a@0", "the other's");
    assertThat(store.count("confab.store.conflicts")).isEqualTo(1);
    other.close();
  }

  @Test
  void aThrottledCommitIsWrittenLaterAndOneThrottledForTooLongIsUnavailable() {
    store.fault("'kind':'throttle','on':'writes','times':5,'retryAfterMs':5");
    await(enqueue("a", 0, 1));
    store.fault("'kind':'throttle','on':'writes','retryAfterMs':300");
    CompletableFuture<Void> throttled = enqueue("a", 1, 1);
    assertThatThrownBy(() -> throttled.orTimeout(20, TimeUnit.SECONDS).join())
        .hasCauseInstanceOf(CommandRejected.class);
    LocalCosmos.shared().heal();
    assertThat(engine.head("a")).isZero();
    await(enqueue("a", 1, 1));
  }

  @Test
  void closingWhileTheOutcomeIsUnknownSaysSo() {
    giveUpSoon();
    store.fault("'kind':'refuse','status':500,'on':'writes'");
    CompletableFuture<Void> unknown = enqueue("a", 0, 1);
    Awaitility.await().until(() -> store.count("confab.store.readbacks") >= 1);
    CompletableFuture<Void> waiting = enqueue("a", 1, 1);
    engine.close();
    assertFails(unknown, IllegalStateException.class);
    assertFails(waiting, CommandRejected.class);
    assertThatThrownBy(() -> enqueue("b", 0, 1)).isInstanceOf(CommandRejected.class);
  }

  @Test
  void aReadThatFailsIsUnavailable() {
    store.fault("'kind':'refuse','status':403,'on':'reads'");
    assertThatThrownBy(() -> engine.head("a"))
        .isInstanceOfSatisfying(
            CommandRejected.class,
            rejected -> assertThat(rejected.code()).isEqualTo(RejectionCode.UNAVAILABLE));
  }

  @Test
  void aReadWithoutAnAnswerIsUnavailable() {
    giveUpSoon();
    store.fault("'kind':'stall','on':'reads'");
    assertThatThrownBy(() -> engine.read("a", 0, 1))
        .isInstanceOfSatisfying(
            CommandRejected.class,
            rejected -> assertThat(rejected.code()).isEqualTo(RejectionCode.UNAVAILABLE));
  }

  // Other writers

  @Test
  void ofTwoWritersOfOneConversationNoneDoublesOrLeavesAHole() throws Exception {
    CosmosTestStore otherStore = store;
    CosmosEventStorageEngine other = otherStore.open();
    Map<Long, String> acknowledged = new ConcurrentHashMap<>();
    Phaser bothHaveRead = new Phaser(2);
    Thread one = new Thread(() -> write(engine, "one", acknowledged, bothHaveRead));
    Thread two = new Thread(() -> write(other, "two", acknowledged, bothHaveRead));
    one.start();
    two.start();
    one.join();
    two.join();
    other.close();
    List<String> bodies = bodies("a", 0);
    assertThat(bodies).hasSize(acknowledged.size());
    acknowledged.forEach((at, body) -> assertThat(bodies.get(at.intValue())).isEqualTo(body));
    assertThat(store.count("confab.store.conflicts")).isPositive();
  }

  /** Appends until forty events are acknowledged, several in flight at once. */
  private static void write(
      CosmosEventStorageEngine engine,
      String name,
      Map<Long, String> acknowledged,
      Phaser bothHaveRead) {
    int done = 0;
    while (done < 40) {
      long epoch = engine.epoch();
      long head = engine.head("a");
      if (bothHaveRead.getPhase() == 0) {
        bothHaveRead.arriveAndAwaitAdvance(); // so that their first appends meet
      }
      List<CompletableFuture<Void>> appends = new ArrayList<>();
      for (int i = 1; i <= 5; i++) {
        appends.add(
            engine.enqueue(List.of(message("a", head + i, name + "@" + (head + i))), epoch));
      }
      for (int i = 1; i <= 5; i++) {
        try {
          appends.get(i - 1).join();
          String before = acknowledged.put(head + i, name + "@" + (head + i));
          assertThat(before).isNull();
          done++;
        } catch (CompletionException e) {
          assertThat(e.getCause())
              .isInstanceOfAny(ConcurrencyException.class, StaleEpochException.class);
        }
      }
    }
  }

  @Test
  void whoBuildsOnAnotherWritersEventsSaysWhereTheLogEnds() {
    CosmosEventStorageEngine other = store.open();
    await(enqueue("a", 0, 1));
    other.appendEvents(messages("a", 1, 3));
    assertThat(engine.readEvents("a", 1).asStream().count()).isEqualTo(3);
    await(enqueue("a", 4, 1));
    other.appendEvents(messages("a", 5, 1));
    await(enqueue("a", 6, 1)); // it has not read this far: it looks before it takes it for a hole
    assertFails(enqueue("a", 9, 1), ConcurrencyException.class);
    assertThat(bodies("a", 0)).isEqualTo(places("a", 0, 7));
    other.close();
  }

  @Test
  void whereAStreamStopsWithinACommitTheLogDoesNotEnd() {
    CosmosEventStorageEngine other = store.open();
    other.appendEvents(messages("a", 0, 300));
    assertThat(engine.readEvents("a", 0).next().getSequenceNumber()).isZero();
    for (long sequence : new long[] {1, 255, 256, 257, 299}) {
      assertFails(enqueue("a", sequence, 1), ConcurrencyException.class);
    }
    await(enqueue("a", 300, 1));
    assertThat(bodies("a", 0)).isEqualTo(places("a", 0, 301));
    other.close();
  }

  // Buckets

  @Test
  void aConversationIsOneLogOverManyBuckets() {
    CosmosEventStorageEngine small = store.open(3);
    long next = 0;
    for (int size : new int[] {1, 2, 3, 1, 5, 1, 1, 8, 2, 1}) {
      small.appendEvents(messages("a", next, size)); // some reach over the ends of buckets
      next += size;
    }
    List<CompletableFuture<Void>> appends = new ArrayList<>();
    for (; next < 40; next++) {
      appends.add(small.enqueue(messages("a", next, 1), small.epoch()));
    }
    appends.forEach(CosmosEventStorageEngineTest::await);
    CosmosEventStorageEngine fresh = store.open(3);
    assertThat(fresh.head("a")).isEqualTo(39);
    for (int from : new int[] {0, 1, 7, 8, 9, 15, 16, 20, 24, 25, 31, 32, 39, 40}) {
      assertThat(fresh.read("a", from, 100))
          .extracting(event -> Conversations.body(event.envelope()))
          .isEqualTo(places("a", from, 40 - from));
    }
    assertThat(fresh.read("a", 14, 4))
        .extracting(EncodedEvent::sequence)
        .containsExactly(14L, 15L, 16L, 17L);
    for (long sequence : new long[] {0, 7, 8, 23, 24, 39}) {
      assertThat(fresh.sent("a", ALL, "alice", clientMessageId(sequence))).isEqualTo(sequence);
    }
    assertThat(fresh.sent("a", ALL, "alice", "none")).isEqualTo(-1);
    small.close();
    fresh.close();
  }

  @Test
  void marksAreFoundInLaterBuckets() {
    CosmosEventStorageEngine small = store.open(1);
    small.appendEvents(messages("a", 0, 2));
    for (int sequence = 2; sequence < 9; sequence++) {
      small.appendEvents(
          List.of(event("a", sequence, "bob", new ReactionAdded(sequence % 2, "👍"))));
    }
    assertThat(small.marks("a", 1)).extracting(EncodedEvent::sequence).containsExactly(3L, 5L, 7L);
    small.close();
  }

  // Lookups and snapshots

  @Test
  void messagesAreFoundByTheirSendersAndMarksInTheirOrder() {
    append("a", 0, "alice", new MessageSent(1, MessageContent.of("one", "k")));
    append("a", 1, "bob", new ReplySent(0, MessageContent.of("aside", "k")));
    append("a", 2, "bob", new ReactionAdded(0, "👍"));
    append("a", 3, "bob", new ReactionAdded(1, "👍"));
    append("a", 4, "bob", new MessagePinned(0));
    append("a", 5, "alice", new MessageDeleted(0));
    append("b", 0, "alice", new MessageSent(1, MessageContent.of("elsewhere", "k0")));
    append("ab", 0, "c", new MessageSent(1, MessageContent.of("no id")));
    assertThat(engine.sent("a", ALL, "alice", "k")).isZero();
    assertThat(engine.sent("a", ALL, "bob", "k")).isEqualTo(1);
    assertThat(engine.sent("b", ALL, "alice", "k0")).isZero();
    assertThat(engine.sent("a", ALL, "carol", "k")).isEqualTo(-1);
    assertThat(engine.sent("b", ALL, "alice", "k")).isEqualTo(-1);
    assertThat(engine.sent("none", ALL, "alice", "k")).isEqualTo(-1);
    assertThat(engine.marks("a", 0)).extracting(EncodedEvent::sequence).containsExactly(2L, 4L, 5L);
    assertThat(engine.marks("a", 1)).extracting(EncodedEvent::sequence).containsExactly(3L);
    assertThat(engine.marks("a", 2)).isEmpty();
  }

  @Test
  void theBytesThatTravelAreStoredAsTheyWereWritten() {
    String body = "„Ünïcödé“ \"quoted\" \\ \n\t\u0001 👍🏽";
    DomainEventMessage<EventEnvelope> event = message("a", 0, body);
    engine.appendEvents(List.of(event));
    assertThat(engine.read("a", 0, 1).get(0).envelope())
        .isEqualTo(EventJson.write(event.getPayload()));
  }

  @Test
  void theNewestSnapshotIsKept() {
    engine.appendEvents(messages("a", 0, 3));
    engine.storeSnapshot(message("a", 1, "first"));
    engine.storeSnapshot(message("a", 2, "second"));
    engine.storeSnapshot(message("a", 1, "late"));
    DomainEventMessage<?> snapshot = engine.readSnapshot("a").orElseThrow();
    assertThat(snapshot.getSequenceNumber()).isEqualTo(2);
    assertThat(engine.readSnapshot("b")).isEmpty();
  }

  @Test
  void thereIsNoOrderOverAllConversations() {
    assertThatThrownBy(() -> engine.createHeadToken())
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("Kafka or the change feed");
  }

  private CompletableFuture<Void> enqueue(String aggregate, long first, int count) {
    return engine.enqueue(messages(aggregate, first, count), engine.epoch());
  }

  private void append(String conversation, long sequence, String by, ConversationEvent event) {
    engine.appendEvents(List.of(event(conversation, sequence, by, event)));
  }

  private static DomainEventMessage<EventEnvelope> event(
      String conversation, long sequence, String by, ConversationEvent event) {
    return new GenericDomainEventMessage<>(
        "Conversation",
        conversation,
        sequence,
        new EventEnvelope(conversation, sequence, START, by, event));
  }

  private List<String> bodies(String conversation, long from) {
    return engine.read(conversation, from, 10_000).stream()
        .map(event -> Conversations.body(event.envelope()))
        .toList();
  }

  private static List<String> places(String conversation, long from, long count) {
    return LongStream.range(from, from + count)
        .mapToObj(sequence -> StoredEvent.place(conversation, sequence))
        .toList();
  }

  private static void await(CompletableFuture<?> future) {
    future.orTimeout(20, TimeUnit.SECONDS).join();
  }

  private static void assertFails(CompletableFuture<?> future, Class<? extends Throwable> failure) {
    assertThatThrownBy(() -> future.orTimeout(20, TimeUnit.SECONDS).join())
        .hasCauseInstanceOf(failure);
  }
}
