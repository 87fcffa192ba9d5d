package io.confab.views;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.cosmos.CosmosConnection;
import io.confab.cosmos.CosmosSettings;
import io.confab.cosmos.LocalCosmos;
import io.confab.events.EventEnvelope;
import io.confab.views.SharedRebuilds.Numbers;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore.Rebuild;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Crashes between the writes of a batch, several writers, and an account that throttles. */
class CosmosViewStoreFaultsTest {
  private static LocalCosmos cosmos;

  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);
  private final ViewModel model = new ViewModel();
  private CosmosConnection connection;
  private CosmosConnection another;
  private CosmosViewStore views;

  /** Another process's. */
  private CosmosViewStore others;

  @BeforeAll
  static void startCosmos() {
    cosmos = LocalCosmos.start();
  }

  @AfterAll
  static void stopCosmos() {
    cosmos.close();
  }

  @BeforeEach
  void open() {
    System.out.println("seed " + seed);
    CosmosSettings settings = cosmos.settings();
    connection = CosmosViewStoreTest.connect(settings);
    another = CosmosViewStoreTest.connect(settings);
    views = CosmosViewStore.open(connection, CosmosViewStoreTest.SMALL);
    others = CosmosViewStore.open(another, CosmosViewStoreTest.SMALL);
  }

  @AfterEach
  void close() {
    cosmos.heal();
    views.close();
    others.close();
    connection.close();
    another.close();
  }

  /**
   * Every write of a batch fails once, the first of one batch, the second of the next, and so on;
   * what comes then is another cut of the same events.
   */
  @Test
  void aBatchThatWasWrittenInPartIsCompletedByApplyingItAgain() {
    List<EventEnvelope> log = new EventGenerator(seed, 1, 8).next(120);
    for (View view : View.values()) {
      int from = 0;
      for (int write = 1; from < log.size(); write++) {
        int to = Math.min(log.size(), from + 10 + random.nextInt(20));
        from = crash(view, log, from, to, write);
      }
    }
    model.add(log);
    model.assertSame(others);
  }

  /** Returns up to where it was applied in the end. */
  private int crash(View view, List<EventEnvelope> log, int from, int to, int write) {
    String refuse = "{\"kind\":\"refuse\",\"on\":\"writes\",\"status\":400,\"times\":1,\"every\":";
    // Of the batch before, all may be there but the position.
    long before = views.applied(view, "c-0");
    cosmos.fault(refuse + write + "}");
    try {
      views.live(view).apply(log.subList(from, to), to - 1);
      cosmos.heal(); // it has not so many writes
      return to;
    } catch (ViewStoreException e) {
      cosmos.heal();
      // what was written last may be the position
      assertThat(views.applied(view, "c-0")).isIn(before, to - 1L);
      assertThat(before).isGreaterThanOrEqualTo(from - 1);
      assertThat(views.live(view).position()).isEqualTo(from - 1);
      int again = from + 1 + random.nextInt(to - from);
      others.live(view).apply(log.subList(Math.max(0, from - 5), again), again - 1);
      return again;
    }
  }

  @Test
  void writersOfDifferentConversationsDoNotMeet() throws Exception {
    List<EventEnvelope> log = new EventGenerator(seed, 8, 8).next(120);
    List<EventEnvelope> even = log.stream().filter(e -> shard(e) == 0).toList();
    List<EventEnvelope> odd = log.stream().filter(e -> shard(e) == 1).toList();
    for (View view : View.values()) {
      CompletableFuture<Void> there =
          CompletableFuture.runAsync(() -> bring(others.live(view), odd, new Random(seed)));
      bring(views.live(view), even, random);
      there.get(60, TimeUnit.SECONDS);
    }
    model.add(log);
    model.assertSame(views);
  }

  /** As when a consumer that was thought dead is still writing. */
  @Test
  void writersOfTheSameConversationEndAtTheSame() throws Exception {
    List<EventEnvelope> log = new EventGenerator(seed, 1, 8).next(120);
    for (View view : View.values()) {
      CompletableFuture<Void> there =
          CompletableFuture.runAsync(() -> bring(others.live(view), log, new Random(seed)));
      bring(views.live(view), log, random);
      there.get(60, TimeUnit.SECONDS);
    }
    model.add(log);
    model.assertSame(views);
  }

  /**
   * Halted at its first read, then its second, and so on, while another writes what it would and
   * more: whatever it does when it goes on, nothing newer is overwritten.
   */
  @Test
  void aWriterThatWasHaltedOverwritesNothingNewer() throws Exception {
    List<EventEnvelope> log = new EventGenerator(seed, 1, 8).next(250);
    int from = 0;
    for (int read = 1; from < log.size(); read++) {
      int to = Math.min(log.size(), from + 3 + random.nextInt(6));
      int end = Math.min(log.size(), to + 3 + random.nextInt(6));
      cosmos.fault(
          "{\"kind\":\"stall\",\"on\":\"reads\",\"times\":1,\"every\":" + (1 + read % 25) + "}");
      List<EventEnvelope> batch = log.subList(from, to);
      CompletableFuture<Void> halted =
          CompletableFuture.runAsync(() -> bring(views.live(View.HISTORY), batch, random));
      while (!halted.isDone() && !cosmos.faults().contains("\"held\":1")) {
        Thread.sleep(2);
      }
      if (halted.isDone()) {
        cosmos.heal(); // it has not so many reads
      }
      others.live(View.HISTORY).apply(log.subList(from, end), -1);
      cosmos.heal();
      halted.get(60, TimeUnit.SECONDS);
      from = end;
    }
    others.live(View.CONVERSATIONS).apply(log, -1);
    model.add(log);
    model.assertSame(others);
  }

  private static int shard(EventEnvelope envelope) {
    return Math.floorMod(envelope.conversation().hashCode(), 2);
  }

  /** As a consumer group does: at least once, in order, tried again where it fails. */
  private static void bring(ViewWriter writer, List<EventEnvelope> events, Random random) {
    int from = 0;
    while (from < events.size()) {
      int to = Math.min(events.size(), from + 1 + random.nextInt(40));
      try {
        writer.apply(events.subList(Math.max(0, from - random.nextInt(10)), to), -1);
        from = to;
      } catch (ViewStoreException e) {
        assertThat(e).hasMessageContaining("others write");
      }
    }
  }

  @Test
  void whatIsThrottledIsWrittenAllTheSame() {
    List<EventEnvelope> log = new EventGenerator(seed, 3, 8).next(80);
    cosmos.fault("{\"kind\":\"throttle\",\"every\":2,\"retryAfterMs\":5}");
    for (View view : View.values()) {
      for (int from = 0; from < log.size(); from += 40) {
        views.live(view).apply(log.subList(from, from + 40), from + 39);
      }
    }
    cosmos.heal();
    model.add(log);
    model.assertSame(others);
  }

  @Test
  void whoWaitsFindsWhatAnotherProcessApplied() throws Exception {
    List<EventEnvelope> log = new EventGenerator(seed, 1, 8).next(10);
    CompletableFuture<Boolean> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return views.awaitApplied(View.HISTORY, "c-0", 9, Duration.ofSeconds(60));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    others.live(View.HISTORY).apply(log, -1);
    assertThat(waiting.get(60, TimeUnit.SECONDS)).isTrue();
  }

  /** As in a cluster, where no writer has a position: the hold alone makes the switch safe. */
  @Test
  void aRebuildSwitchesTheWritersAndReadersOfOtherProcesses() throws Exception {
    List<EventEnvelope> log = new EventGenerator(seed, 1, 8).next(60);
    others.live(View.HISTORY).apply(log.subList(0, 40), -1);
    Rebuild rebuild = views.rebuild(View.HISTORY);
    rebuild.apply(log.subList(0, 40), -1);
    assertThat(rebuild.switchOver()).as("not without a hold").isFalse();
    rebuild.holdLive(Duration.ofMillis(1));
    others.live(View.HISTORY).apply(log.subList(0, 41), -1);
    assertThat(rebuild.switchOver()).as("not under a hold that has ended").isFalse();
    rebuild.holdLive(Duration.ofSeconds(60));
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(() -> others.live(View.HISTORY).apply(log.subList(41, 60), -1));
    rebuild.apply(log.subList(30, 41), -1);
    assertThat(writer).isNotDone();
    assertThat(rebuild.switchOver()).isTrue();
    writer.get(60, TimeUnit.SECONDS);
    assertThat(views.applied(View.HISTORY, "c-0")).isEqualTo(59);
    assertThat(others.awaitApplied(View.HISTORY, "c-0", 59, Duration.ofSeconds(60))).isTrue();
  }

  @Test
  void aHoldIsNotReplacedWhileItStandsAndEndsWhenItIsLetGo() throws Exception {
    List<EventEnvelope> log = new EventGenerator(seed, 1, 8).next(10);
    views.begin(View.HISTORY, views.numbers(View.HISTORY));
    Rebuild one = views.join(View.HISTORY, 2);
    Rebuild other = others.join(View.HISTORY, 2);
    assertThat(one.holdLive(Duration.ofSeconds(60))).isTrue();
    assertThat(other.holdLive(Duration.ofSeconds(60))).isFalse();
    other.letGo();
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(() -> others.live(View.HISTORY).apply(log, -1));
    Thread.sleep(300);
    assertThat(writer).as("only the one that holds lets go").isNotDone();
    one.letGo();
    writer.get(30, TimeUnit.SECONDS);
    assertThat(one.switchOver()).as("not under a hold that was let go").isFalse();
    assertThat(other.holdLive(Duration.ofSeconds(1))).isTrue();
    assertThat(one.holdLive(Duration.ofSeconds(60))).isFalse();
    Thread.sleep(1_100); // the other's process has died
    assertThat(one.holdLive(Duration.ofSeconds(60))).isTrue();
    assertThat(other.switchOver()).as("its hold was replaced").isFalse();
    assertThat(one.switchOver()).isTrue();
  }

  @Test
  void aRebuildThatIsAbandonedEndsForAllAndIsBegunAnew() {
    List<EventEnvelope> log = new EventGenerator(seed, 1, 8).next(10);
    views.live(View.HISTORY).apply(log.subList(0, 5), -1);
    views.begin(View.HISTORY, views.numbers(View.HISTORY));
    Rebuild filling = views.join(View.HISTORY, 2);
    filling.apply(log.subList(0, 5), -1);
    assertThat(filling.holdLive(Duration.ofSeconds(60))).isTrue();
    assertThat(others.abandon(View.HISTORY, 3)).as("not that one").isFalse();
    assertThat(others.abandon(View.HISTORY, 2)).isTrue();
    assertThat(views.abandon(View.HISTORY, 2)).as("once").isFalse();
    assertThat(views.numbers(View.HISTORY)).isEqualTo(new Numbers(1, 0, 2));
    views.live(View.HISTORY).apply(log.subList(5, 10), -1); // nothing holds it
    filling.apply(log, -1); // as by one that has not looked yet
    assertThat(filling.switchOver()).isFalse();
    assertThat(views.begin(View.HISTORY, views.numbers(View.HISTORY))).isTrue();
    assertThat(filling.holdLive(Duration.ofSeconds(60))).as("not for another").isFalse();
    Rebuild next = others.join(View.HISTORY, 3);
    next.apply(log, -1);
    next.holdLive(Duration.ofSeconds(60));
    assertThat(next.switchOver()).isTrue();
    assertThat(views.numbers(View.HISTORY)).isEqualTo(new Numbers(3, 0, 3));
  }

  @Test
  void aLaterRebuildElsewhereEndsTheOneBefore() {
    List<EventEnvelope> log = new EventGenerator(seed, 1, 8).next(10);
    views.live(View.HISTORY).apply(log, 9);
    Rebuild first = views.rebuild(View.HISTORY);
    Rebuild second = others.rebuild(View.HISTORY);
    assertThatThrownBy(() -> first.apply(log, 9)).isInstanceOf(ViewStoreException.class);
    assertThat(first.switchOver()).isFalse();
    first.close();
    second.apply(log, 9);
    assertThat(second.switchOver()).isTrue();
  }

  /** Two processes fill one generation, and neither's end is the end of it. */
  @Test
  void aRebuildIsSharedByProcessesAndOutlivesThem() throws Exception {
    List<EventEnvelope> log = new EventGenerator(seed, 8, 8).next(120);
    for (View view : View.values()) {
      views.live(view).apply(log, -1);
      Numbers before = views.numbers(view);
      assertThat(before).isEqualTo(new Numbers(1, 0, 1));
      assertThat(others.begin(view, before)).isTrue();
      assertThat(views.begin(view, before)).as("the store has gone on since").isFalse();
      assertThat(views.begin(view, views.numbers(view))).as("one at a time").isFalse();
      assertThat(views.numbers(view)).isEqualTo(new Numbers(1, 2, 2));
      List<EventEnvelope> even = log.stream().filter(e -> shard(e) == 0).toList();
      List<EventEnvelope> odd = log.stream().filter(e -> shard(e) == 1).toList();
      try (Rebuild dies = others.join(view, 2)) {
        dies.apply(even, -1);
      }
      try (Rebuild goesOn = views.join(view, 2)) {
        goesOn.apply(odd, -1);
        assertThat(goesOn.switchOver()).as("not without a hold").isFalse();
        goesOn.holdLive(Duration.ofSeconds(60));
        assertThat(goesOn.switchOver()).isTrue();
      }
      assertThat(others.numbers(view)).isEqualTo(new Numbers(2, 0, 2));
    }
    model.add(log);
    model.assertSame(views);
    try (CosmosViewStore fresh = CosmosViewStore.open(another, CosmosViewStoreTest.SMALL)) {
      model.assertSame(fresh);
    }
  }
}
