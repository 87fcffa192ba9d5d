package io.confab.command.store;

import static io.confab.command.store.Conversations.START;
import static io.confab.command.store.Conversations.message;
import static io.confab.command.store.Conversations.messages;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.events.ConversationEvent.ConversationRenamed;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.EventType;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.GapAwareTrackingToken;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.eventhandling.GenericEventMessage;
import org.axonframework.eventhandling.GlobalSequenceTrackingToken;
import org.axonframework.eventhandling.ReplayToken;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.eventsourcing.eventstore.DomainEventStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

class ReadingTest {
  @TempDir Path directory;
  private RocksDbEventStorageEngine engine;

  @BeforeEach
  void open() {
    open(32 << 20);
  }

  private void open(long recentBytes) {
    engine =
        RocksDbEventStorageEngine.open(
            directory,
            Conversations.serializer(),
            new StoreSettings(
                DataSize.ofMegabytes(64), DataSize.ofBytes(recentBytes), DataSize.ofMegabytes(8)));
  }

  private void reopen(long recentBytes) {
    engine.close();
    open(recentBytes);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  @Test
  void anEventComesBackAsTheBytesThatWereWritten() {
    EventEnvelope renamed =
        new EventEnvelope("a", 0, START, "bob", new ConversationRenamed("Café \uD83D\uDE80"));
    engine.appendEvents(new GenericDomainEventMessage<>("Conversation", "a", 0, renamed));
    for (int i = 0; i < 2; i++) {
      EncodedEvent event = engine.read("a", 0, 1).get(0);
      assertThat(event.conversation()).isEqualTo("a");
      assertThat(event.sequence()).isZero();
      assertThat(event.type()).isEqualTo(EventType.CONVERSATION_RENAMED);
      assertThat(event.envelope()).isEqualTo(EventJson.write(renamed));
      assertThat(engine.readLog(0, 1).get(0).event().envelope()).isEqualTo(event.envelope());
      assertThat(engine.readEvents("a").next().getPayload()).isEqualTo(renamed);
      reopen(0);
    }
  }

  @Test
  void aMessageComesBackWithAllThatBelongsToIt() {
    DomainEventMessage<?> message =
        message("a", 0, "hello").andMetaData(Map.of("trace", "7", "user", "alice"));
    engine.appendEvents(message);
    for (int i = 0; i < 2; i++) {
      DomainEventMessage<?> read = engine.readEvents("a").next();
      assertThat(read.getIdentifier()).isEqualTo(message.getIdentifier());
      assertThat(read.getType()).isEqualTo("Conversation");
      assertThat(read.getTimestamp()).isEqualTo(START);
      assertThat(read.getMetaData()).isEqualTo(message.getMetaData());
      assertThat(read.getPayloadType()).isEqualTo(EventEnvelope.class);
      reopen(0);
    }
  }

  @Test
  void anEnvelopeThatSaysItIsAnotherEventIsRefused() {
    EventEnvelope envelope = message("a", 1, "hello").getPayload();
    assertThatThrownBy(
            () ->
                engine.appendEvents(
                    new GenericDomainEventMessage<>("Conversation", "a", 0, envelope)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("envelope a@1 in an event that is a@0");
  }

  @Test
  void aConversationIsReadInPages() {
    engine.appendEvents(messages("a", 0, 10));
    engine.appendEvents(messages("ab", 0, 1));
    assertThat(sequences(engine.read("a", 3, 4))).containsExactly(3L, 4L, 5L, 6L);
    assertThat(sequences(engine.read("a", 8, 100))).containsExactly(8L, 9L);
    assertThat(engine.read("a", 10, 100)).isEmpty();
    assertThat(engine.read("none", 0, 100)).isEmpty();
    assertThat(engine.head("a")).isEqualTo(9);
    assertThat(engine.head("none")).isEqualTo(-1);
    reopen(0);
    assertThat(engine.head("a")).isEqualTo(9);
    assertThat(engine.head("ab")).isZero();
    assertThat(engine.head("aa")).isEqualTo(-1);
  }

  @Test
  void theLogReadsTheSameFromMemoryFromTheDiskAndFromBoth() {
    for (int i = 0; i < 300; i++) {
      engine.appendEvents(messages("c" + i % 7, i / 7, 1));
    }
    List<String> all = places(engine.readLog(0, 1000));
    assertThat(all).hasSize(300).startsWith("c0@0", "c1@0").endsWith("c5@42");
    assertThat(places(engine.readLog(290, 5))).isEqualTo(all.subList(290, 295));
    assertThat(engine.readLog(300, 5)).isEmpty();
    reopen(20_000);
    assertThat(places(engine.readLog(0, 1000))).isEqualTo(all);
    for (int i = 300; i < 600; i++) {
      engine.appendEvents(messages("c" + i % 7, i / 7, 1));
    }
    List<String> more = places(engine.readLog(0, 1000));
    assertThat(more).hasSize(600).startsWith(all.toArray(String[]::new));
    for (int from = 0; from < 600; from += 13) {
      assertThat(places(engine.readLog(from, 20)))
          .isEqualTo(more.subList(from, Math.min(600, from + 20)));
    }
  }

  @Test
  void theFirstEventOfATimeIsFoundAlthoughClocksDisagree() {
    long[] seconds = {10, 20, 15, 40, 30, 35, 50};
    for (int i = 0; i < seconds.length; i++) {
      EventEnvelope envelope =
          new EventEnvelope(
              "a", i, START.plusSeconds(seconds[i]), "alice", new ConversationRenamed("t" + i));
      engine.appendEvents(new GenericDomainEventMessage<>("Conversation", "a", i, envelope));
      if (i == 3) {
        reopen(0);
      }
    }
    assertThat(engine.indexAt(Instant.EPOCH)).isZero();
    assertThat(engine.indexAt(START.plusSeconds(10))).isZero();
    assertThat(engine.indexAt(START.plusSeconds(11))).isEqualTo(1);
    assertThat(engine.indexAt(START.plusSeconds(20))).isEqualTo(1);
    assertThat(engine.indexAt(START.plusSeconds(21))).isEqualTo(3);
    assertThat(engine.indexAt(START.plusSeconds(35))).isEqualTo(3);
    assertThat(engine.indexAt(START.plusSeconds(41))).isEqualTo(6);
    assertThat(engine.indexAt(START.plusSeconds(51))).isEqualTo(7);
  }

  @Test
  void whoWaitsIsWokenByTheNextDurableEvent() throws Exception {
    assertThat(engine.durableIndex()).isEqualTo(-1);
    assertThat(engine.awaitDurable(-1, Duration.ZERO)).isFalse();
    CountDownLatch waiting = new CountDownLatch(1);
    CompletableFuture<Boolean> woken =
        CompletableFuture.supplyAsync(
            () -> {
              waiting.countDown();
              try {
                return engine.awaitDurable(-1, Duration.ofSeconds(20));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    waiting.await();
    engine.appendEvents(messages("a", 0, 3));
    assertThat(woken.get(20, TimeUnit.SECONDS)).isTrue();
    assertThat(engine.durableIndex()).isEqualTo(2);
    assertThat(engine.awaitDurable(1, Duration.ZERO)).isTrue();
    assertThat(engine.awaitDurable(2, Duration.ZERO)).isFalse();
  }

  @Test
  void closingWakesWhoWaits() throws Exception {
    CompletableFuture<Boolean> woken =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return engine.awaitDurable(-1, Duration.ofMinutes(5));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    engine.close();
    assertThat(woken.get(20, TimeUnit.SECONDS)).isFalse();
    open();
  }

  @Test
  void aStreamIsReadInChunksAndSaysHowFarItCame() {
    engine.appendEvents(messages("a", 0, 1000));
    DomainEventStream stream = engine.readEvents("a", 2);
    assertThat(stream.getLastSequenceNumber()).isNull();
    for (long sequence = 2; sequence < 1000; sequence++) {
      assertThat(stream.next().getSequenceNumber()).isEqualTo(sequence);
    }
    assertThat(stream.hasNext()).isFalse();
    assertThat(stream.getLastSequenceNumber()).isEqualTo(999);
    Iterator<?> all = engine.readEvents(new GlobalSequenceTrackingToken(500), false).iterator();
    assertThat(all).toIterable().hasSize(499);
  }

  @Test
  void tokensAreTheIndexOfTheLastEventSeen() {
    assertThat(engine.createTailToken()).isNull();
    assertThat(engine.createHeadToken()).isNull();
    assertThat(engine.createTokenAt(START)).isNull();
    engine.appendEvents(messages("a", 0, 5));
    assertThat(engine.createTailToken()).isEqualTo(new GlobalSequenceTrackingToken(-1));
    assertThat(engine.createHeadToken()).isEqualTo(new GlobalSequenceTrackingToken(4));
    TrackingToken later = engine.createTokenAt(START.plusSeconds(3));
    assertThat(engine.readEvents(later, false)).hasSize(2);
    TrackingToken replay = ReplayToken.createReplayToken(new GlobalSequenceTrackingToken(4), later);
    assertThat(engine.readEvents(replay, false)).hasSize(2);
    assertThatThrownBy(
            () -> engine.readEvents(GapAwareTrackingToken.newInstance(3, List.of()), false))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theNewestSnapshotIsKept() {
    assertThat(engine.readSnapshot("a")).isEmpty();
    engine.storeSnapshot(snapshot(5, "five"));
    engine.storeSnapshot(snapshot(9, "nine"));
    engine.storeSnapshot(snapshot(7, "seven"));
    for (int i = 0; i < 2; i++) {
      DomainEventMessage<?> read = engine.readSnapshot("a").orElseThrow();
      assertThat(read.getSequenceNumber()).isEqualTo(9);
      assertThat(read.getPayload()).isEqualTo("nine");
      assertThat(read.getType()).isEqualTo("Conversation");
      reopen(0);
    }
    assertThat(engine.readSnapshot("ab")).isEmpty();
  }

  @Test
  void aTypeThatIsNotInTheTableIsNotSkipped() {
    engine.appendEvents(messages("a", 0, 1));
    engine.appendEvents(new GenericEventMessage<>("of another version"));
    assertThat(engine.readLog(0, 1)).hasSize(1);
    assertThatThrownBy(() -> engine.readLog(0, 2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("java.lang.String");
  }

  @Test
  void aPlaceBelowZeroIsRefusedAndNotTakenForTheEnd() {
    assertThatThrownBy(() -> engine.readLog(-1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("fromIndex is -1, below 0");
    assertThatThrownBy(() -> engine.read("a", -1, 1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anIdWithTheCharacterZeroIsRefused() {
    assertThatThrownBy(() -> engine.appendEvents(messages("a\0b", 0, 1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static DomainEventMessage<String> snapshot(long sequence, String state) {
    return new GenericDomainEventMessage<>("Conversation", "a", sequence, state);
  }

  private static List<Long> sequences(List<EncodedEvent> events) {
    return events.stream().map(EncodedEvent::sequence).toList();
  }

  private static List<String> places(List<LogEntry> entries) {
    for (int i = 1; i < entries.size(); i++) {
      assertThat(entries.get(i).index()).isEqualTo(entries.get(i - 1).index() + 1);
    }
    return entries.stream().map(entry -> Conversations.body(entry.event().envelope())).toList();
  }
}
