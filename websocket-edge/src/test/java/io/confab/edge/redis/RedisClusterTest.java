package io.confab.edge.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RedisClusterTest {

  @Test
  void theFirstCommandIsAnsweredWhereRedisIsThere() {
    try (RedisCluster redis = new RedisCluster(RedisNodes.shared().settings())) {
      assertThat(redis.run(commands -> commands.ping()).join()).isEqualTo("PONG");
    }
  }

  @Test
  void theFirstChannelIsListenedToWhereRedisIsThere() {
    try (RedisCluster redis = new RedisCluster(RedisNodes.shared().settings());
        ShardedChannels channels = new ShardedChannels(redis)) {
      assertThat(channels.add("first", message -> {}).join()).isNull();
    }
  }
}
