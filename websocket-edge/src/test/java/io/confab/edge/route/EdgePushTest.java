package io.confab.edge.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisNodes;
import io.confab.events.EncodedEvent;
import io.confab.events.Kind;
import io.confab.kafka.Events;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One edge on a real Redis. */
class EdgePushTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final RedisNodes NODES = RedisNodes.shared();

  private final RedisCluster redis = new RedisCluster(NODES.settings());
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final UserEdges userEdges = new UserEdges(redis);
  private final EdgePush push = new EdgePush("e-1", Clock.systemUTC(), redis, meters);
  private final List<RoutedEvent> received = new CopyOnWriteArrayList<>();
  private final AtomicInteger gaps = new AtomicInteger();
  private volatile CountDownLatch room = new CountDownLatch(0);

  @BeforeEach
  void start() {
    NODES.flush();
    redis.connect().join();
    push.start(
        new EdgePush.Listener() {
          @Override
          public void onEvents(List<RoutedEvent> events) {
            await().atMost(LONG).until(() -> room.getCount() == 0);
            received.addAll(events);
          }

          @Override
          public void onGap() {
            gaps.incrementAndGet();
          }
        });
    await().atMost(LONG).until(() -> push.downSeconds() == 0 && gaps.get() == 1);
  }

  @AfterEach
  void stop() {
    push.close();
    redis.close();
  }

  private Set<String> edgesOf(String user) {
    return userEdges.of(user, System.currentTimeMillis()).join();
  }

  private void publish(String message) {
    redis.run(c -> c.spublish(UserEdges.channel("e-1"), message)).join();
  }

  @Test
  void whoHasSessionsHereIsKnownOnceThatIsCompletedAndForgottenAfter() {
    push.user("ann", true).join();
    assertThat(edgesOf("ann")).containsExactly("e-1");
    push.user("ann", false).join();
    assertThat(edgesOf("ann")).isEmpty();
    push.user("bob", true).join();
    push.close();
    assertThat(edgesOf("bob")).isEmpty();
  }

  @Test
  void whatAUserWasAddedToLatelyIsKnown() {
    RecentJoins joins = new RecentJoins(redis);
    long now = System.currentTimeMillis();
    joins.add("ann", "c-0", now - RecentJoins.LIVES_MILLIS).join();
    assertThat(push.joinedLately("ann")).containsExactly("c-0");
    joins.add("ann", "c-1", now).join();
    joins.add("ann", "c-2", now + 1).join();
    joins.add("bob", "c-3", now).join();
    assertThat(push.joinedLately("ann")).containsExactly("c-1", "c-2");
    assertThat(redis.run(c -> c.pttl(RecentJoins.key("ann"))).join())
        .isBetween(1L, RecentJoins.LIVES_MILLIS);
  }

  @Test
  void aGapIsToldWhereRedisHadForgottenAUser() {
    push.user("ann", true).join();
    NODES.flush();
    await().atMost(LONG).until(() -> gaps.get() == 2);
    assertThat(edgesOf("ann")).containsExactly("e-1");
  }

  @Test
  void whatComesIsGivenOnAsItWasPublished() {
    EncodedEvent event = Events.event("c-1", 0);
    publish(new RoutedEvent(Kind.GROUP, event).message());
    await().atMost(LONG).until(() -> received.size() == 1);
    RoutedEvent routed = received.get(0);
    assertThat(routed.kind()).isEqualTo(Kind.GROUP);
    assertThat(routed.event()).usingRecursiveComparison().isEqualTo(event);
  }

  @Test
  void whatThereIsNoRoomForIsAGap() {
    room = new CountDownLatch(1);
    String message = new RoutedEvent(Kind.GROUP, Events.event("c-1", 0)).message();
    String large = message.replace("title", "x".repeat(6 << 20));
    for (int i = 0; i < 4; i++) {
      publish(large);
    }
    await().atMost(LONG).until(() -> meters.counter("confab.edge.push.dropped").count() >= 1);
    room.countDown();
    await().atMost(LONG).until(() -> gaps.get() >= 2); // a refresh may come between two drops
  }

  @Test
  void whatIsNoEventIsAGap() {
    publish("nonsense");
    await().atMost(LONG).until(() -> gaps.get() == 2);
  }
}
