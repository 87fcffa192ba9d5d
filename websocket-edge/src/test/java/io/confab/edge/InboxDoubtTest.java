package io.confab.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an inbox finds that the feed has not said. */
class InboxDoubtTest {
  private final EdgeInMemory edge = new EdgeInMemory();
  private EdgeInMemory.Client ann;

  @BeforeEach
  void listen() {
    ann = edge.new Client("ann");
    ann.subscribe("i", Destinations.INBOX);
    edge.confab.onAppend = event -> {};
  }

  @AfterEach
  void close() {
    edge.close();
  }

  private void doubt() {
    edge.confab.listener.onDoubt("ann");
  }

  private EdgeInMemory.Client listenLater(String user) {
    edge.clock.now = FakeConfab.AT.plusSeconds(1);
    EdgeInMemory.Client client = edge.new Client(user);
    client.subscribe("i", Destinations.INBOX);
    return client;
  }

  private void awaitSequences(Long... expected) {
    await().untilAsserted(() -> assertThat(ann.sequences("i")).containsExactly(expected));
  }

  @Test
  void beginsWhereTheUserWasAdded() {
    edge.confab.start("c-1", "bob");
    edge.confab.say("c-1", "bob", "before ann");
    edge.confab.add("c-1", "ann");
    edge.confab.say("c-1", "bob", "hello, ann");
    doubt();
    awaitSequences(2L, 3L);
    edge.confab.onAppend = edge.confab::feed;
    edge.confab.say("c-1", "bob", "live");
    doubt();
    awaitSequences(2L, 3L, 4L);
    assertThat(edge.count("confab.edge.inbox.found")).isEqualTo(1);
  }

  @Test
  void beginsAgainWhereTheUserWasAddedAgain() {
    edge.confab.onAppend = edge.confab::feed;
    edge.confab.start("c-1", "bob", "ann");
    edge.confab.remove("c-1", "ann");
    awaitSequences(0L, 1L);
    edge.confab.onAppend = event -> {};
    edge.confab.say("c-1", "bob", "without ann");
    edge.confab.add("c-1", "ann");
    doubt();
    awaitSequences(0L, 1L, 3L);
  }

  @Test
  void aListThatIsBehindBeginsNothing() {
    EdgeInMemory.Client zoe = listenLater("zoe");
    edge.confab.start("c-1", "bob", "zoe");
    edge.confab.afterMembership = () -> edge.confab.remove("c-1", "zoe");
    edge.confab.listener.onDoubt("zoe");
    assertThat(edge.index.cursors("c-1")).isEmpty();
    assertThat(zoe.sequences("i")).isEmpty();
  }

  @Test
  void givesTheStaysThatWereMissed() {
    edge.confab.start("c-1", "bob");
    edge.confab.add("c-1", "ann");
    edge.confab.say("c-1", "bob", "hello, ann");
    edge.confab.remove("c-1", "ann");
    edge.confab.say("c-1", "bob", "without ann");
    edge.confab.add("c-1", "ann");
    doubt();
    awaitSequences(1L, 2L, 3L, 5L);
    edge.confab.remove("c-1", "ann");
    edge.confab.add("c-1", "ann");
    edge.confab.onAppend = edge.confab::feed;
    edge.confab.say("c-1", "bob", "hello again");
    awaitSequences(1L, 2L, 3L, 5L, 6L);
    doubt();
    awaitSequences(1L, 2L, 3L, 5L, 6L, 7L, 8L);
  }

  @Test
  void saysWhatMayBeMissingWhereTheAdditionIsOver1000EventsAgo() {
    edge.confab.start("c-1", "bob", "ann");
    for (int i = 0; i < 1_000; i++) {
      edge.confab.say("c-1", "bob", "hello");
    }
    doubt();
    edge.confab.onAppend = edge.confab::feed;
    edge.confab.say("c-1", "bob", "live");
    awaitSequences(1_000L, 1_001L);
    assertThat(ann.messages("i"))
        .extracting(frame -> frame.header("type"))
        .containsExactly("HistoryGap", "MessageSent");
    assertThat(ann.messages("i").get(0).body()).isEqualTo("{\"from\":0,\"to\":1000}");
  }

  @Test
  void anInboxThatIsRefusedHasDeliveredNothing() {
    edge.confab.onAppend = edge.confab::feed;
    edge.confab.start("c-1", "bob", "ann");
    edge.confab.start("c-2", "bob", "ann");
    AtomicInteger asked = new AtomicInteger();
    edge.confab.afterMember =
        () -> {
          if (asked.incrementAndGet() == 2) {
            edge.confab.say("c-1", "bob", "while it begins");
            edge.confab.say("c-2", "bob", "while it begins");
            await().until(() -> ann.messages("i").size() == 4); // bob would have one, too
            throw new CommandRejected(RejectionCode.UNAVAILABLE, "fault", null, null);
          }
        };
    EdgeInMemory.Client bob = edge.new Client("bob");
    bob.subscribe("r", Destinations.REJECTIONS);
    assertThat(bob.subscribe("i", Destinations.INBOX).header("code")).isEqualTo("unavailable");
    assertThat(asked).hasValue(2);
    assertThat(bob.messages("i")).isEmpty();
  }

  @Test
  void beginsWithAll1000EventsSinceTheAddition() {
    edge.confab.start("c-1", "bob", "ann");
    for (int i = 0; i < 999; i++) {
      edge.confab.say("c-1", "bob", "hello");
    }
    doubt();
    List<Long> all = LongStream.range(0, 1_000).boxed().toList();
    await().untilAsserted(() -> assertThat(ann.sequences("i")).isEqualTo(all));
  }

  @Test
  void whatCannotBeLookedForIsLookedForTheNextTime() {
    edge.confab.start("c-1", "bob", "ann");
    edge.confab.beforeMembership =
        () -> {
          throw new IllegalStateException("fault");
        };
    doubt();
    assertThat(edge.count("confab.edge.inbox.failures")).isEqualTo(1);
    edge.confab.beforeMembership = () -> {};
    doubt();
    awaitSequences(0L);
  }

  @Test
  void anAdditionToAnythingIsHeardThroughItsEventAlone() {
    edge.confab.start("c-1", "bob");
    edge.confab.listener.onMembers(edge.confab.add("c-1", "ann"));
    edge.confab.listener.onMembers(edge.confab.read("c-1", 1, 1).get(0));
    awaitSequences(1L);
  }
}
