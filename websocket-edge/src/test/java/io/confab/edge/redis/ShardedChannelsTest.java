package io.confab.edge.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ShardedChannelsTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final List<String> received = new CopyOnWriteArrayList<>();
  private final AtomicInteger again = new AtomicInteger();

  @Test
  void tellsEachTimeThatAChannelIsListenedToAgain() {
    try (RedisNodes nodes = RedisNodes.start(1);
        RedisCluster redis = new RedisCluster(nodes.settings());
        ShardedChannels channels = new ShardedChannels(redis)) {
      redis.connect().join();
      channels.add("c", received::add, again::incrementAndGet).join();
      await().atMost(LONG).until(() -> again.get() == 1);
      channels.refresh();
      channels.settled("c").join();
      publish(redis, "one");
      assertThat(again).as("nothing was missed").hasValue(1);

      nodes.kill(0);
      nodes.restart(0);
      await().atMost(LONG).until(() -> again.get() == 2);
      publish(redis, "two");
      assertThat(received).containsExactly("one", "two");
      assertThat(again).hasValue(2);
    }
  }

  @Test
  void tellsOnceRedisIsThere() {
    try (RedisNodes nodes = RedisNodes.start(1);
        RedisCluster redis = new RedisCluster(nodes.settings());
        ShardedChannels channels = new ShardedChannels(redis)) {
      nodes.kill(0);
      assertThat(channels.add("c", received::add, again::incrementAndGet))
          .isCompletedExceptionally();
      nodes.restart(0);
      await()
          .atMost(LONG)
          .until(
              () -> {
                channels.refresh();
                return again.get() == 1;
              });
      publish(redis, "one");
    }
  }

  private void publish(RedisCluster redis, String message) {
    await()
        .atMost(LONG)
        .until(() -> redis.run(c -> c.spublish("c", message)).exceptionally(e -> 0L).join() == 1);
    await().atMost(LONG).until(() -> received.contains(message));
  }
}
