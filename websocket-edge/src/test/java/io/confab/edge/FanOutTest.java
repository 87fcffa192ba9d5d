package io.confab.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confab.events.EncodedEvent;
import io.confab.events.EventType;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What the fan-out keeps, and that nothing ends it. */
class FanOutTest {
  private static final String TOPIC = "/topic/conversations/c-1";

  /** Can be measured, but not delivered. */
  private static final class Failing extends java.util.AbstractList<EncodedEvent> {
    private final AtomicInteger looks = new AtomicInteger();

    @Override
    public Iterator<EncodedEvent> iterator() {
      if (looks.incrementAndGet() > 1) {
        throw new OutOfMemoryError("as a test");
      }
      return super.iterator();
    }

    @Override
    public EncodedEvent get(int index) {
      return new EncodedEvent("c-1", 1, EventType.MESSAGE_SENT, new byte[0]);
    }

    @Override
    public int size() {
      return 1;
    }
  }

  @Test
  void anErrorEndsTheSessionsThatListenAndNotTheFanOut() {
    try (EdgeInMemory edge = new EdgeInMemory()) {
      edge.confab.start("c-1", "ann", "bob");
      EdgeInMemory.Client topic = edge.new Client("ann");
      topic.subscribe("s", TOPIC);
      EdgeInMemory.Client inbox = edge.new Client("cid");
      inbox.subscribe("in", Destinations.INBOX);

      edge.confab.listener.onEvents(new Failing());

      topic.awaitFrame("code", "internal-error");
      inbox.awaitFrame("code", "internal-error");
      EdgeInMemory.Client bob = edge.new Client("bob");
      bob.subscribe("s", TOPIC);
      edge.confab.say("c-1", "ann", "live");
      await().until(() -> bob.sequences("s").contains(1L));
    }
  }

  @Test
  void theFeedWaitsBeforeTooManyBytesWait() throws InterruptedException {
    FakeConfab confab = new FakeConfab();
    FanOut fanOut =
        new FanOut(
            confab,
            new SubscriptionIndex(confab),
            new EdgeMetrics(new SimpleMeterRegistry()),
            new HotConversations(1, Duration.ZERO));
    byte[] envelope = new byte[1 << 20];
    AtomicInteger taken = new AtomicInteger();
    Thread feed =
        new Thread(
            () -> {
              for (int i = 0; i < 40; i++) {
                EncodedEvent event = new EncodedEvent("c-1", i, EventType.MESSAGE_SENT, envelope);
                fanOut.onEvents(List.of(event));
                taken.incrementAndGet();
              }
            });
    feed.start();
    await().until(() -> feed.getState() == Thread.State.WAITING);
    assertThat(taken).hasValue(15);

    fanOut.start();
    feed.join();
    assertThat(taken).hasValue(40);
    fanOut.stop();
  }
}
