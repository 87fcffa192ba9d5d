package io.confab.edge.presence;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisSettings;
import io.confab.edge.redis.ShardedChannels;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.UUID;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** {@link Presence} and {@link Typing}: in Redis where it has nodes, else within the process. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({PresenceSettings.class, TypingSettings.class, RedisSettings.class})
public class PresenceConfiguration {

  /** Both, and what they need; closed together. */
  record Parts(Presence presence, Typing typing, Runnable onClose) implements AutoCloseable {
    @Override
    public void close() {
      onClose.run();
    }
  }

  @Bean
  Parts presenceParts(
      RedisSettings redis, PresenceSettings settings, Clock clock, MeterRegistry meters) {
    if (redis.nodes().isEmpty()) {
      return new Parts(
          new EmbeddedPresence(clock, settings, meters), new EmbeddedTyping(), () -> {});
    }
    RedisCluster cluster = new RedisCluster(redis);
    ShardedChannels channels = new ShardedChannels(cluster);
    String edge = UUID.randomUUID().toString();
    RedisPresence presence = new RedisPresence(edge, clock, settings, cluster, channels, meters);
    return new Parts(
        presence,
        new RedisTyping(cluster, channels),
        () -> {
          presence.close();
          channels.close();
          cluster.close();
        });
  }

  @Bean(destroyMethod = "")
  Presence presence(Parts parts) {
    return parts.presence();
  }

  @Bean
  Typing typing(Parts parts) {
    return parts.typing();
  }
}
