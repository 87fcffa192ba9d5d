package io.confab.command.store;

import static io.confab.command.store.Conversations.messages;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.confab.events.CommandRejected;
import io.confab.events.EncodedEvent;
import io.confab.events.RejectionCode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A write that fails has an unknown outcome: it is read back before anybody is answered. */
class FailedWriteTest {
  private static final int FOR_LONG = 1_000_000;

  @TempDir Path directory;
  @TempDir Path elsewhere;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private FaultyDatabase database;
  private RocksDbEventStorageEngine engine;

  @BeforeEach
  void open() {
    database = new FaultyDatabase(directory);
    engine =
        RocksDbEventStorageEngine.open(
            directory, Conversations.serializer(), StoreSettings.DEFAULT, meters, database);
    engine.appendEvents(messages("a", 0, 2));
  }

  @AfterEach
  void close() {
    database.resume();
    engine.close();
  }

  @Test
  void eventsThatAreThereAfterAFailedSyncAreAcknowledged() {
    long epoch = engine.epoch();
    database.stall();
    database.failAfter.set(1);
    CompletableFuture<Void> append = enqueue("a", 2, 1);
    CompletableFuture<Void> behind = enqueue("a", 3, 1);
    database.resume();
    done(append);
    done(behind);
    assertThat(engine.epoch()).isEqualTo(epoch);
    assertThat(bodies("a")).containsExactly("a@0", "a@1", "a@2", "a@3");
    assertWhole(4);
  }

  @Test
  void eventsThatAreNotThereAreRefusedAlthoughTheStoreCannotWriteYet() throws Exception {
    database.failBefore.set(1);
    database.failOpen.set(FOR_LONG);
    CompletableFuture<Void> append = enqueue("a", 2, 1);
    assertUnavailable(append);
    assertThat(engine.writable()).isFalse();
    assertThat(engine.epoch()).isEqualTo(1);
    assertThatThrownBy(() -> enqueue("b", 0, 1))
        .isInstanceOfSatisfying(
            CommandRejected.class,
            rejected -> assertThat(rejected.code()).isEqualTo(RejectionCode.UNAVAILABLE));
    assertThat(engine.barrier("a")).isCompleted();
    assertThatThrownBy(() -> engine.storeSnapshot(Conversations.message("a", 1, "state")))
        .isInstanceOf(CommandRejected.class);
    assertThat(bodies("a")).containsExactly("a@0", "a@1");
    assertThat(engine.head("a")).isEqualTo(1);

    database.failOpen.set(0);
    await().until(engine::writable);
    engine.appendEvents(messages("a", 2, 1));
    assertWhole(3);
  }

  @Test
  void nothingIsAnsweredOrShownWhileTheOutcomeIsUnknown() throws Exception {
    database.failAfter.set(1);
    database.failOpen.set(FOR_LONG);
    database.openAttempts.drainPermits();
    CompletableFuture<Void> append = enqueue("a", 2, 1);
    assertThat(database.openAttempts.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
    // the bytes are in the file by now, and may or may not be on the disk
    assertThat(append).isNotDone();
    assertThat(bodies("a")).containsExactly("a@0", "a@1");
    assertThat(engine.read("a", 2, 1)).isEmpty();
    assertThat(engine.head("a")).isEqualTo(1);
    assertThat(engine.durableIndex()).isEqualTo(1);
    assertThat(engine.readLog(0, 10)).hasSize(2);
    assertThat(engine.readEvents(null, false)).hasSize(2);

    database.failOpen.set(0);
    done(append);
    assertWhole(3);
  }

  @Test
  void aStoreThatCannotEvenBeReadWaits() throws Exception {
    database.failAfter.set(1);
    database.failReadOnly.set(2);
    done(enqueue("a", 2, 1));
    assertWhole(3);
  }

  @Test
  void anOutcomeThatIsStillUnknownAtTheEndIsNotCalledARefusal() throws Exception {
    database.failAfter.set(1);
    database.failOpen.set(FOR_LONG);
    database.openAttempts.drainPermits();
    CompletableFuture<Void> append = enqueue("a", 2, 1);
    assertThat(database.openAttempts.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
    engine.close();
    assertThatThrownBy(append::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(IllegalStateException.class);
    open(directory);
    assertWhole(3);
  }

  @Test
  void aStoreWhoseAcknowledgedEventsAreGoneTakesNoMore() {
    database.failAfter.set(1);
    database.lost = elsewhere;
    assertThatThrownBy(() -> enqueue("a", 2, 1).get(20, TimeUnit.SECONDS))
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThat(engine.writable()).isFalse();
    assertThatThrownBy(() -> enqueue("b", 0, 1)).isInstanceOf(CommandRejected.class);
  }

  @Test
  void failuresAreCounted() {
    database.failBefore.set(1);
    assertUnavailable(enqueue("a", 2, 1));
    assertThat(meters.counter("confab.store.failures").count()).isEqualTo(1);
    assertThat(meters.get("confab.store.commit").timer().count()).isEqualTo(1);
    assertThat(meters.get("confab.store.batch.events").summary().totalAmount()).isEqualTo(2);
    assertThat(meters.get("confab.store.queued.bytes").gauge().value()).isZero();
  }

  private void open(Path path) {
    database = new FaultyDatabase(path);
    engine =
        RocksDbEventStorageEngine.open(
            path, Conversations.serializer(), StoreSettings.DEFAULT, meters, database);
  }

  /** That the log is these events of "a" and no other, now and after a restart. */
  private void assertWhole(int events) {
    await().until(engine::writable);
    assertThat(engine.durableIndex()).isEqualTo(events - 1);
    engine.close();
    open(directory);
    assertThat(engine.durableIndex()).isEqualTo(events - 1);
    assertThat(engine.readLog(0, 100))
        .extracting(LogEntry::index, entry -> entry.event().sequence())
        .isEqualTo(LongStream.range(0, events).mapToObj(i -> tuple(i, i)).toList());
    assertThat(engine.head("a")).isEqualTo(events - 1);
  }

  private CompletableFuture<Void> enqueue(String aggregate, long first, int count) {
    return engine.enqueue(messages(aggregate, first, count), engine.epoch());
  }

  private List<String> bodies(String conversation) {
    return engine.read(conversation, 0, 100).stream()
        .map(EncodedEvent::envelope)
        .map(Conversations::body)
        .toList();
  }

  private static void done(CompletableFuture<?> future) {
    future.orTimeout(20, TimeUnit.SECONDS).join();
  }

  private static void assertUnavailable(CompletableFuture<?> future) {
    assertThatThrownBy(() -> done(future))
        .cause()
        .isInstanceOfSatisfying(
            CommandRejected.class,
            rejected -> assertThat(rejected.code()).isEqualTo(RejectionCode.UNAVAILABLE));
  }
}
