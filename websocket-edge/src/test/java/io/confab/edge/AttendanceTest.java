package io.confab.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sessions of an edge whose feed has to be told who is here. */
class AttendanceTest {
  private final List<String> told = new CopyOnWriteArrayList<>();
  private volatile CompletableFuture<Void> answer = new CompletableFuture<>();
  private final EdgeInMemory edge =
      new EdgeInMemory(
          EdgeSettings.DEFAULT, new FakeConfab(), this::feed, Duration.ofHours(1).toMillis());

  private ConversationFeed feed(EdgeInMemory of) {
    return new ConversationFeed() {
      @Override
      public Subscription subscribe(Listener listener) {
        return of.confab.subscribe(listener);
      }

      @Override
      public CompletableFuture<Void> user(String user, boolean here) {
        told.add((here ? "+" : "-") + user);
        return answer;
      }
    };
  }

  @AfterEach
  void close() {
    edge.close();
  }

  @Test
  void theFeedIsToldOfTheFirstSessionAndOfTheLast() {
    EdgeInMemory.Client one = edge.new Client("ann");
    EdgeInMemory.Client two = edge.new Client("ann");
    EdgeInMemory.Client bob = edge.new Client("bob");
    assertThat(told).containsExactly("+ann", "+bob");
    one.session.closed(1000);
    one.session.closed(1000);
    assertThat(told).containsExactly("+ann", "+bob");
    two.session.closed(1000);
    bob.send("DISCONNECT", "");
    assertThat(told).containsExactly("+ann", "+bob", "-ann", "-bob");
  }

  @Test
  void aSubscriptionWaitsForTheFeedAndWhatComesBehindItForTheSubscription() {
    edge.confab.start("c-1", "ann");
    edge.confab.onAppend = event -> {};
    EdgeInMemory.Client ann = edge.new Client("ann");
    ann.send("SUBSCRIBE", "", "id:r", "destination:" + Destinations.REJECTIONS, "receipt:r");
    ann.awaitFrame("receipt-id", "r");
    ann.send("SUBSCRIBE", "", "id:s", "destination:" + Destinations.topic("c-1"), "receipt:s");
    ann.send("UNSUBSCRIBE", "", "id:s", "receipt:u");
    ann.send("SUBSCRIBE", "", "id:s", "destination:" + Destinations.INBOX, "receipt:s2");
    ann.send("SEND", "{\"body\":\"hello\"}", "destination:/app/conversations/c-1/messages");
    assertThat(ann.socket.frames()).hasSize(2);
    assertThat(edge.confab.head("c-1")).isZero();
    CompletableFuture<Void> read = new CompletableFuture<>();
    ann.session.whenRoom(() -> read.complete(null));
    assertThat(read).as("nothing more is read").isNotDone();

    // Not durable before it is subscribed: the subscription begins at the head.
    edge.confab.onAppend = edge.confab::feed;
    answer.complete(null);
    await().until(() -> ann.sequences("s").equals(List.of(1L)));
    assertThat(ann.socket.frames().stream().map(frame -> frame.header("receipt-id")))
        .containsSubsequence("r", "s", "u", "s2");
    await().until(read::isDone);
  }

  @Test
  void aFeedThatDoesNotAnswerIsNotWaitedForLongerThanTwoSeconds() {
    try (EdgeInMemory usual = new EdgeInMemory(EdgeSettings.DEFAULT, this::feed)) {
      usual.confab.start("c-1", "ann");
      long start = System.nanoTime();
      EdgeInMemory.Client ann = usual.new Client("ann");
      ann.subscribe("s", Destinations.topic("c-1"), "after:-1");
      assertThat(System.nanoTime() - start).as("it is waited for").isGreaterThan(1_900_000_000L);
      await().until(() -> ann.sequences("s").equals(List.of(0L)));
      assertThat(answer).isNotDone();
    }
  }

  @Test
  void whatWaitsForASessionThatEndsIsDropped() {
    edge.confab.start("c-1", "ann", "bob", "cid");
    EdgeInMemory.Client bob = waiting("bob");
    EdgeInMemory.Client ann = waiting("ann");
    EdgeInMemory.Client cid = waiting("cid");
    CompletableFuture<Void> read = new CompletableFuture<>();
    ann.session.whenRoom(() -> read.complete(null));
    ann.session.close(4009, "going away");
    assertThat(read).isDone();
    answer.complete(null);
    bob.awaitFrame("receipt-id", "s");
    cid.awaitFrame("receipt-id", "s");
    edge.confab.say("c-1", "ann", "hello");
    await().until(() -> bob.sequences("s").equals(List.of(0L, 1L)));
    await().until(() -> cid.sequences("s").equals(List.of(0L, 1L)));
    assertThat(ann.sequences("s")).isEmpty();
    assertThat(edge.index.cursors("c-1")).hasSize(2);
  }

  private EdgeInMemory.Client waiting(String user) {
    EdgeInMemory.Client client = edge.new Client(user);
    client.send(
        "SUBSCRIBE",
        "",
        "id:s",
        "destination:" + Destinations.topic("c-1"),
        "after:-1",
        "receipt:s");
    return client;
  }
}
