package io.confab.command.store;

import static io.confab.command.store.Conversations.messages;
import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.EncodedEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CosmosChangeFeedTest {
  private final CosmosTestStore store = new CosmosTestStore();
  private final CosmosEventStorageEngine engine = store.open();
  private final List<EncodedEvent> got = Collections.synchronizedList(new ArrayList<>());

  @AfterEach
  void close() {
    engine.close();
    store.close();
  }

  private CosmosChangeFeed start(String instance, Consumer<List<EncodedEvent>> consumer) {
    return CosmosChangeFeed.start(store.connection, "mirror", instance, consumer);
  }

  private static void await(ThrowingRunnable assertion) {
    Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(assertion);
  }

  private List<Long> sequences(String conversation) {
    synchronized (got) {
      return got.stream()
          .filter(event -> event.conversation().equals(conversation))
          .map(EncodedEvent::sequence)
          .toList();
    }
  }

  private static Long[] upTo(long end) {
    return LongStream.range(0, end).boxed().toArray(Long[]::new);
  }

  @Test
  void eventsFromBeforeAndAfterTheStartComeInOrderWithTheirBytes() {
    engine.appendEvents(messages("a", 0, 3));
    try (CosmosChangeFeed feed = start("one", got::addAll)) {
      List<CompletableFuture<Void>> appends = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        appends.add(engine.enqueue(messages("a", 3 + i, 1), 0));
        appends.add(engine.enqueue(messages("b", i, 1), 0));
      }
      appends.forEach(CompletableFuture::join);
      await(
          () -> {
            assertThat(sequences("a")).containsExactly(upTo(103));
            assertThat(sequences("b")).containsExactly(upTo(100));
          });
    }
    assertThat(got.get(0).envelope()).isEqualTo(engine.read("a", 0, 1).get(0).envelope());
  }

  @Test
  void whatTheConsumerFailsOnItGetsAgainAndNothingBefore() {
    AtomicInteger failures = new AtomicInteger(2);
    engine.appendEvents(messages("a", 0, 3));
    Consumer<List<EncodedEvent>> failing =
        events -> {
          got.addAll(events);
          if (failures.getAndDecrement() > 0) {
            throw new IllegalStateException("not now");
          }
        };
    try (CosmosChangeFeed feed = start("one", failing)) {
      await(() -> assertThat(sequences("a")).hasSize(9));
      engine.appendEvents(messages("a", 3, 1));
      await(
          () -> assertThat(sequences("a")).containsExactly(0L, 1L, 2L, 0L, 1L, 2L, 0L, 1L, 2L, 3L));
    }
  }

  @Test
  void whatIsNotTakenInTimeIsReadAgainAndNothingBehindItBefore() {
    engine.appendEvents(messages("a", 0, 2));
    AtomicInteger refusals = new AtomicInteger(12);
    Consumer<List<EncodedEvent>> refusing =
        events -> {
          if (refusals.decrementAndGet() >= 0) {
            throw new IllegalStateException("not now");
          }
          got.addAll(events);
        };
    Duration patience = Duration.ofMillis(500); // of which each three refusals are the end
    try (CosmosChangeFeed feed =
        CosmosChangeFeed.start(store.connection, "mirror", "one", patience, refusing)) {
      engine.appendEvents(messages("a", 2, 1));
      await(() -> assertThat(sequences("a")).containsExactly(0L, 1L, 2L));
    }
  }

  @Test
  void thePlaceIsNotedOnlyAfterTheConsumerHasReturned() {
    engine.appendEvents(messages("a", 0, 2));
    List<EncodedEvent> refused = Collections.synchronizedList(new ArrayList<>());
    Consumer<List<EncodedEvent>> refusing =
        events -> {
          refused.addAll(events);
          throw new IllegalStateException("never");
        };
    try (CosmosChangeFeed feed = start("one", refusing)) {
      await(() -> assertThat(refused).isNotEmpty());
    }
    try (CosmosChangeFeed feed = start("two", got::addAll)) {
      await(() -> assertThat(sequences("a")).containsExactly(0L, 1L));
    }
    engine.appendEvents(messages("a", 2, 1));
    try (CosmosChangeFeed feed = start("three", got::addAll)) {
      await(() -> assertThat(sequences("a")).containsExactly(0L, 1L, 2L));
    }
  }
}
