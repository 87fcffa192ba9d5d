package io.confab.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.events.EncodedEvent;
import io.confab.events.EventLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which page serves whom. */
class LogPagesTest {
  private static final long ANY_TIME = Long.MIN_VALUE / 2 + System.nanoTime();

  private static final Runnable NOT_AGAIN =
      () -> {
        throw new AssertionError("nobody else reads");
      };

  private final FakeConfab log = new FakeConfab();
  private final LogPages pages = new LogPages(log);

  @BeforeEach
  void start() {
    log.start("c-1", "ann");
    say(9);
  }

  private void say(int messages) {
    for (int i = 0; i < messages; i++) {
      log.say("c-1", "ann", "hello");
    }
  }

  private LogPages.Page read(long from, long needed) {
    return pages.read("c-1", from, needed, ANY_TIME, NOT_AGAIN);
  }

  private static void assertHolds(LogPages.Page page, long from, long to) {
    assertThat(page.frames().stream().map(frames -> frames.event().sequence()))
        .containsExactlyElementsOf(LongStream.rangeClosed(from, to).boxed().toList());
  }

  private void assertReads(int expected) {
    assertThat(log.reads.getAndSet(0)).isEqualTo(expected);
  }

  @Test
  void onePageServesAllWhoNeedWhatItHas() {
    LogPages.Page page = read(3, 9);
    assertHolds(page, 3, 9);
    assertThat(page.end()).isTrue();
    assertThat(read(3, 9)).isSameAs(page);
    assertThat(read(7, 5)).isSameAs(page);
    assertThat(read(10, 9)).isSameAs(page); // and is told that there is no more
    assertReads(1);
  }

  @Test
  void whoNeedsWhatIsBeforeOrBehindItReadsAnew() {
    read(3, 9);
    assertHolds(read(2, 9), 2, 9);
    say(1);
    assertHolds(read(2, 10), 2, 10);
    assertReads(3);
  }

  @Test
  void theEndIsReadAnewForWhoAsksAsOfLater() {
    read(3, 9);
    say(1); // of which the feed says nothing
    assertHolds(pages.read("c-1", 3, 9, System.nanoTime(), NOT_AGAIN), 3, 10);
    assertReads(2);
  }

  @Test
  void aFullPageServesAnyTimeAndWhatIsBehindItIsAPageOfItsOwn() {
    say(LogPages.SIZE);
    LogPages.Page page = read(0, 70);
    assertHolds(page, 0, LogPages.SIZE - 1);
    assertThat(page.end()).isFalse();
    assertThat(pages.read("c-1", LogPages.SIZE - 1, 70, System.nanoTime(), NOT_AGAIN))
        .isSameAs(page);
    assertHolds(read(LogPages.SIZE, 70), LogPages.SIZE, LogPages.SIZE + 9);
    assertReads(2);
  }

  @Test
  void aConversationIsNotServedWithAnother() {
    // One of those with the same slot, of which there are 64.
    String other =
        IntStream.range(2, 10_000)
            .mapToObj(number -> "c-" + number)
            .filter(name -> Math.floorMod(name.hashCode() - "c-1".hashCode(), 64) == 0)
            .findFirst()
            .orElseThrow();
    log.start(other, "bob");
    read(0, 9);
    assertThat(pages.read(other, 0, 0, ANY_TIME, NOT_AGAIN).frames().get(0).event().conversation())
        .isEqualTo(other);
    assertHolds(read(0, 9), 0, 9);
    assertReads(3);
  }

  /** A log that does not answer for one conversation must not keep the threads from the others. */
  @Test
  void whoAsksForWhatAnotherReadsIsToldWhenToAskAgain() throws Exception {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    CountDownLatch asked = new CountDownLatch(1);
    LogPages slow =
        new LogPages(
            new EventLog() {
              @Override
              public long head(String conversation) {
                return log.head(conversation);
              }

              @Override
              public List<EncodedEvent> read(String conversation, long from, int limit) {
                asked.countDown();
                answer.join();
                return log.read(conversation, from, limit);
              }
            });
    CompletableFuture<LogPages.Page> first =
        CompletableFuture.supplyAsync(() -> slow.read("c-1", 0, 9, ANY_TIME, NOT_AGAIN));
    asked.await();
    AtomicInteger again = new AtomicInteger();
    assertThat(slow.read("c-1", 0, 9, ANY_TIME, again::incrementAndGet)).isNull();
    assertThat(slow.read("c-1", 3, 9, ANY_TIME, again::incrementAndGet)).isNull();
    assertThat(again).hasValue(0);
    answer.complete(null);
    LogPages.Page page = first.get(10, TimeUnit.SECONDS);
    assertHolds(page, 0, 9);
    assertThat(again).hasValue(2);
    assertThat(slow.read("c-1", 3, 9, ANY_TIME, NOT_AGAIN)).isSameAs(page);
  }

  @Test
  void whoWaitsIsToldAlsoWhereTheLogCannotBeRead() {
    AtomicInteger again = new AtomicInteger();
    LogPages[] broken = new LogPages[1];
    broken[0] =
        new LogPages(
            new EventLog() {
              @Override
              public long head(String conversation) {
                return -1;
              }

              @Override
              public List<EncodedEvent> read(String conversation, long from, int limit) {
                assertThat(broken[0].read("c-1", 0, 9, ANY_TIME, again::incrementAndGet)).isNull();
                throw new IllegalStateException("as a test");
              }
            });
    assertThatThrownBy(() -> broken[0].read("c-1", 0, 9, ANY_TIME, NOT_AGAIN))
        .hasMessage("as a test");
    assertThat(again).hasValue(1);
  }

  @Test
  void longPagesAreNotKept() {
    for (int i = 0; i < 20; i++) {
      log.say("c-1", "ann", "x".repeat(20_000));
    }
    read(0, 29);
    read(0, 29);
    assertReads(2);
  }

  @Test
  void aPageKeepsAFewFramesHoweverManyIdsAreAskedFor() {
    SharedFrames frames = read(0, 9).frames().get(1);
    List<byte[]> first = framesOfTenIds(frames);
    List<byte[]> again = framesOfTenIds(frames);
    assertThat(IntStream.range(0, 10).filter(i -> first.get(i) == again.get(i))).hasSize(5);
    assertThat(again.get(9)).isEqualTo(first.get(9));
  }

  private static List<byte[]> framesOfTenIds(SharedFrames frames) {
    return IntStream.range(0, 10).mapToObj(id -> frames.of("sub-" + id, "/topic/x")).toList();
  }

  /** Each would read several pages, one behind the other, while more comes. */
  @Test
  void manyWhoMissTheSameReadItOnce() {
    int sessions = 300;
    try (EdgeInMemory edge = new EdgeInMemory()) {
      edge.confab.start("c-1", "ann");
      List<EdgeInMemory.Client> clients = new ArrayList<>();
      for (int i = 0; i < sessions; i++) {
        edge.confab.add("c-1", "user-" + i);
        clients.add(edge.new Client("user-" + i));
        clients.get(i).subscribe("s", "/topic/conversations/c-1");
      }
      edge.confab.reads.set(0);
      edge.confab.onAppend = event -> {};
      EncodedEvent missed = edge.confab.say("c-1", "ann", "missed");
      edge.confab.feed(edge.confab.say("c-1", "ann", "seen"));
      List<Long> both = List.of(missed.sequence(), missed.sequence() + 1);
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  clients.stream()
                      .map(client -> client.sequences("s"))
                      .allMatch(seen -> seen.size() >= 2 && seen.containsAll(both)));
      assertThat(edge.confab.reads).hasValue(1);
      assertThat(edge.count("confab.edge.repaired")).isEqualTo(sessions);
    }
  }
}
