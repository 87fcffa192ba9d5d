package io.confab.command.store;

import static io.confab.command.store.Conversations.messages;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.modelling.command.ConcurrencyException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link DurableEventStorageEngine} must do. A store comes with a way to hold up its
 * writes, because what matters is what it does while a write is under way.
 */
abstract class DurableEventStorageEngineContract {
  /** The store under test, and its disk or service. */
  interface Subject extends AutoCloseable {
    DurableEventStorageEngine engine();

    /** Holds up writes until {@link #resume()}. */
    void stall();

    void resume();

    /** Lets the next write of aggregate "a" fail without a trace. */
    void failNextWrite();

    /** How many bytes may wait at most. */
    long bound();

    /** Whether all aggregates share one log, and so one order and every failure. */
    default boolean oneLog() {
      return true;
    }

    @Override
    void close();
  }

  protected abstract Subject open();

  private Subject subject;
  private DurableEventStorageEngine engine;

  @BeforeEach
  final void openSubject() {
    subject = open();
    engine = subject.engine();
  }

  @AfterEach
  final void closeSubject() {
    subject.resume();
    subject.close();
  }

  @Test
  void whatIsDurableCanBeRead() {
    await(enqueue("a", 0, 3));
    assertThat(sequences("a")).containsExactly(0L, 1L, 2L);
    assertThat(engine.lastSequenceNumberFor("a")).contains(2L);
    assertThat(engine.lastSequenceNumberFor("b")).isEmpty();
  }

  @Test
  void nothingIsShownBeforeItIsDurable() {
    subject.stall();
    CompletableFuture<Void> append = enqueue("a", 0, 2);
    assertThat(append).isNotDone();
    assertThat(sequences("a")).isEmpty();
    assertThat(engine.lastSequenceNumberFor("a")).isEmpty();
    if (subject.oneLog()) {
      assertThat(engine.readEvents(null, false)).isEmpty();
    }
    subject.resume();
    await(append);
    assertThat(sequences("a")).containsExactly(0L, 1L);
  }

  @Test
  void batchesBecomeDurableInTheOrderInWhichTheyWereEnqueued() {
    List<Integer> order = new ArrayList<>();
    List<CompletableFuture<Void>> appends = new ArrayList<>();
    subject.stall();
    for (int i = 0; i < 50; i++) {
      int number = i;
      appends.add(enqueue("c" + i % 7, i / 7, 1).thenRun(() -> order.add(number)));
    }
    subject.resume();
    appends.forEach(this::await);
    assertThat(order).hasSize(50);
    for (int aggregate = 0; aggregate < 7; aggregate++) {
      int remainder = aggregate;
      assertThat(order).filteredOn(number -> number % 7 == remainder).isSorted();
    }
    if (!subject.oneLog()) {
      return;
    }
    assertThat(order).isSorted();
    assertThat(
            engine
                .readEvents(null, false)
                .map(event -> ((DomainEventMessage<?>) event).getAggregateIdentifier()))
        .startsWith("c0", "c1", "c2", "c3", "c4", "c5", "c6", "c0");
  }

  @Test
  void aSequenceThatIsTakenIsAConflict() {
    await(enqueue("a", 0, 2));
    long epoch = engine.epoch();
    assertFails(enqueue("a", 1, 1), ConcurrencyException.class);
    assertThat(engine.epoch()).isEqualTo(epoch + 1);
    assertThat(sequences("a")).containsExactly(0L, 1L);
  }

  @Test
  void aFirstSequenceThatIsTakenIsAConflict() {
    await(enqueue("a", 0, 1));
    assertFails(enqueue("a", 0, 1), ConcurrencyException.class);
  }

  @Test
  void aSequenceThatLeavesAHoleIsAConflict() {
    await(enqueue("a", 0, 2));
    assertFails(enqueue("a", 3, 1), ConcurrencyException.class);
    assertFails(enqueue("new", 1, 1), ConcurrencyException.class);
    assertThat(sequences("a")).containsExactly(0L, 1L);
    assertThat(sequences("new")).isEmpty();
  }

  @Test
  void whatWasEnqueuedBeforeAConflictBecomesDurableAndWhatCameAfterFails() {
    subject.stall();
    CompletableFuture<Void> first = enqueue("a", 0, 1);
    CompletableFuture<Void> before = enqueue("b", 0, 1);
    CompletableFuture<Void> conflict = enqueue("a", 0, 1);
    CompletableFuture<Void> behind = enqueue("a", 1, 1);
    subject.resume();
    await(first);
    await(before);
    assertFails(conflict, ConcurrencyException.class);
    assertFails(behind, StaleEpochException.class);
    assertThat(sequences("a")).containsExactly(0L);
    assertThat(sequences("b")).containsExactly(0L);
  }

  @Test
  void anAppendUnderAnOldEpochIsRefused() {
    long old = engine.epoch();
    await(enqueue("a", 0, 1));
    assertFails(enqueue("a", 0, 1), ConcurrencyException.class);
    assertFails(engine.enqueue(messages("a", 1, 1), old), StaleEpochException.class);
    assertThat(sequences("a")).containsExactly(0L);
    await(enqueue("a", 1, 1));
    CompletableFuture<Void> other = engine.enqueue(messages("b", 0, 1), old);
    if (subject.oneLog()) {
      assertFails(other, StaleEpochException.class);
      assertThat(sequences("b")).isEmpty();
    } else {
      await(other);
    }
  }

  @Test
  void aFailedWriteFailsAllThatWaitsAndRaisesTheEpochBeforeAnybodyHears() {
    long epoch = engine.epoch();
    AtomicLong heard = new AtomicLong(-1);
    subject.stall();
    subject.failNextWrite();
    CompletableFuture<Void> first = enqueue("a", 0, 1);
    CompletableFuture<Void> failed =
        first.whenComplete((done, failure) -> heard.set(engine.epoch()));
    CompletableFuture<Void> behind = enqueue("a", 1, 1);
    CompletableFuture<Void> other = enqueue("b", 0, 1);
    subject.resume();
    assertUnavailable(failed);
    assertUnavailable(behind);
    assertThat(heard).hasValue(epoch + 1);
    assertThat(sequences("a")).isEmpty();
    if (subject.oneLog()) {
      assertUnavailable(other);
      assertThat(sequences("b")).isEmpty();
    } else {
      await(other);
      assertThat(sequences("b")).containsExactly(0L);
    }
  }

  @Test
  void aBarrierCompletesBehindWhatWasEnqueuedBeforeIt() {
    subject.stall();
    CompletableFuture<Void> append = enqueue("a", 0, 1);
    CompletableFuture<Void> barrier = engine.barrier("a");
    assertThat(barrier).isNotDone();
    subject.resume();
    await(barrier);
    assertThat(append).isCompleted();
  }

  @Test
  void aBarrierWithNothingBeforeItIsComplete() {
    assertThat(engine.barrier("a")).isCompleted();
    await(enqueue("a", 0, 1));
    assertThat(engine.barrier("a")).isCompleted();
  }

  @Test
  void aBarrierFailsWithWhatItWaitsFor() {
    await(enqueue("a", 0, 1));
    subject.stall();
    CompletableFuture<Void> running = enqueue("a", 1, 1);
    CompletableFuture<Void> conflict = enqueue("a", 1, 1);
    CompletableFuture<Void> barrier = engine.barrier("a");
    subject.resume();
    await(running);
    assertFails(conflict, ConcurrencyException.class);
    assertFails(barrier, StaleEpochException.class);
  }

  @Test
  void moreThanMayWaitIsRefusedAndNotQueued() {
    subject.stall();
    List<CompletableFuture<Void>> appends = new ArrayList<>();
    String body = "x".repeat((int) subject.bound() / 10);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 20; i++) {
                appends.add(
                    engine.enqueue(List.of(Conversations.message("a", i, body)), engine.epoch()));
              }
            })
        .isInstanceOfSatisfying(
            CommandRejected.class,
            rejected -> {
              assertThat(rejected.code()).isEqualTo(RejectionCode.UNAVAILABLE);
              assertThat(rejected.limit()).isEqualTo(Long.toString(subject.bound()));
            });
    assertThat(appends).hasSizeBetween(5, 10);
    subject.resume();
    appends.forEach(this::await);
    assertThat(sequences("a")).hasSize(appends.size());
    await(enqueue("a", appends.size(), 1));
  }

  @Test
  void aBatchIsOfOneAggregateWithoutHoles() {
    List<DomainEventMessage<?>> hole = new ArrayList<>(messages("a", 0, 1));
    hole.addAll(messages("a", 2, 1));
    assertThatThrownBy(() -> engine.enqueue(hole, engine.epoch()))
        .isInstanceOf(IllegalArgumentException.class);
    List<DomainEventMessage<?>> two = new ArrayList<>(messages("a", 0, 1));
    two.addAll(messages("b", 1, 1));
    assertThatThrownBy(() -> engine.enqueue(two, engine.epoch()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void listenersAreCalledWhenEventsCanBeRead() throws InterruptedException {
    CountDownLatch called = new CountDownLatch(1);
    List<Long> seen = new ArrayList<>();
    engine.onDurable(
        () -> {
          seen.addAll(sequences("a"));
          called.countDown();
        });
    await(enqueue("a", 0, 2));
    assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(seen).containsExactly(0L, 1L);
  }

  @Test
  void axonsBlockingPathReportsTheConflictItself() {
    engine.appendEvents(messages("a", 0, 2));
    assertThatThrownBy(() -> engine.appendEvents(messages("a", 1, 1)))
        .isInstanceOf(ConcurrencyException.class);
    engine.appendEvents(messages("a", 2, 1));
    assertThat(sequences("a")).containsExactly(0L, 1L, 2L);
  }

  private CompletableFuture<Void> enqueue(String aggregate, long first, int count) {
    return engine.enqueue(messages(aggregate, first, count), engine.epoch());
  }

  private List<Long> sequences(String aggregate) {
    return engine
        .readEvents(aggregate)
        .asStream()
        .<Long>map(DomainEventMessage::getSequenceNumber)
        .toList();
  }

  private void await(CompletableFuture<?> future) {
    future.orTimeout(20, TimeUnit.SECONDS).join();
  }

  private static void assertFails(CompletableFuture<?> future, Class<? extends Throwable> failure) {
    assertThatThrownBy(() -> future.orTimeout(20, TimeUnit.SECONDS).join())
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(failure);
  }

  private static void assertUnavailable(CompletableFuture<?> future) {
    assertThatThrownBy(() -> future.orTimeout(20, TimeUnit.SECONDS).join())
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(
            CommandRejected.class,
            rejected -> assertThat(rejected.code()).isEqualTo(RejectionCode.UNAVAILABLE));
  }
}
