package io.confab.edge.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RoundsTest {
  private static final Duration NEVER = Duration.ofHours(1);
  private static final List<Integer> MANY = IntStream.range(0, 1_000).boxed().toList();

  private final AtomicInteger done = new AtomicInteger();

  @Test
  void aRoundIsSpreadOverThePeriod() {
    try (Rounds<Integer> rounds =
        new Rounds<>(
            "test",
            Duration.ofSeconds(2),
            Duration.ofMillis(1),
            () -> MANY,
            (one, hurried) -> {
              assertThat(hurried).isFalse();
              done.incrementAndGet();
            })) {
      long start = System.nanoTime();
      rounds.start();
      await().until(() -> done.get() >= 500);
      assertThat(System.nanoTime() - start).isGreaterThan(700_000_000L);
      await().until(() -> done.get() >= 1_500);
      assertThat(System.nanoTime() - start).isGreaterThan(2_700_000_000L);
    }
  }

  @Test
  void aRoundOfManyTakesLonger() {
    try (Rounds<Integer> rounds =
        new Rounds<>(
            "test",
            Duration.ofMillis(100),
            Duration.ofMillis(2),
            () -> MANY,
            (one, hurried) -> done.incrementAndGet())) {
      long start = System.nanoTime();
      rounds.start();
      await().until(() -> done.get() >= 500);
      assertThat(System.nanoTime() - start).isGreaterThan(900_000_000L);
    }
  }

  @Test
  void allAreDoneAtOnceWhereThatIsAskedForButNotTooManyAtATime() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger under = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    try (Rounds<Integer> rounds =
        new Rounds<>(
            "test",
            NEVER,
            Duration.ZERO,
            () -> MANY,
            (one, hurried) -> {
              if (hurried) {
                most.accumulateAndGet(under.incrementAndGet(), Math::max);
                wait(go);
                under.decrementAndGet();
                done.incrementAndGet();
              }
            })) {
      rounds.start();
      Thread.sleep(50);
      rounds.hurry();
      await().until(() -> under.get() == Rounds.AT_ONCE);
      go.countDown();
      await().until(() -> done.get() == MANY.size());
      assertThat(most.get()).isEqualTo(Rounds.AT_ONCE);
      rounds.hurry();
      await().until(() -> done.get() == 2 * MANY.size());
    }
  }

  @Test
  void oneThatFailsDoesNotKeepTheOthersFromTheirs() {
    try (Rounds<Integer> rounds =
        new Rounds<>(
            "test",
            NEVER,
            Duration.ZERO,
            () -> MANY.subList(0, 20),
            (one, hurried) -> {
              done.incrementAndGet();
              throw new IllegalStateException("fault");
            })) {
      rounds.hurry();
      rounds.start();
      await().until(() -> done.get() >= 20);
    }
  }

  private static void wait(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
