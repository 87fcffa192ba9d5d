package io.confab.edge.presence;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisNodes;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

class RedisTypingTest extends TypingContract {
  private static List<RedisCluster> clusters;
  private final RedisEdges redis = new RedisEdges(new TestClock(), clusters);

  @BeforeAll
  static void connect() {
    clusters = RedisEdges.connect(RedisNodes.shared(), 2);
  }

  @AfterAll
  static void disconnect() {
    clusters.forEach(RedisCluster::close);
  }

  @AfterEach
  void stop() {
    redis.close();
  }

  @Override
  List<RedisTyping> edges() {
    return redis.typings;
  }

  /** Each channel's last subscription is answered. */
  @Override
  void settle() {
    redis.channels.forEach(
        channels -> {
          for (String conversation : List.of("c-1", "c-2")) {
            String channel = PresenceKeys.typing(conversation);
            channels.settled(channel).join();
          }
        });
  }
}
