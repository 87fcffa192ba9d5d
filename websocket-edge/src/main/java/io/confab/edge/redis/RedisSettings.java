package io.confab.edge.redis;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where Redis is; without nodes there is none, and the embedded parts are used.
 *
 * @param nodes {@code host:port} of any nodes of the cluster; the others are found through them
 * @param username null: the default user
 * @param password null: none is asked for
 * @param tls whether to connect with TLS; default no
 * @param timeout of a command and of connecting; default 1 s, 10 ms to 1 min
 */
@ConfigurationProperties("confab.redis")
public record RedisSettings(
    @DefaultValue List<String> nodes,
    @Nullable String username,
    @Nullable String password,
    @DefaultValue("false") boolean tls,
    @DefaultValue("1s") Duration timeout) {

  public RedisSettings {
    nodes = List.copyOf(nodes);
    for (String node : nodes) {
      if (!node.matches("[^:\\s]+:[0-9]{1,5}|\\[[0-9a-fA-F:]+]:[0-9]{1,5}")) {
        throw new IllegalArgumentException(
            "confab.redis.nodes holds '%s', must be host:port".formatted(node));
      }
    }
    if (timeout.toMillis() < 10 || timeout.toMillis() > 60_000) {
      throw new IllegalArgumentException(
          "confab.redis.timeout is %d ms, must be from 10 to 60000".formatted(timeout.toMillis()));
    }
  }

  /** Redis at these nodes, everything else as without any setting. */
  public static RedisSettings of(String... nodes) {
    return new RedisSettings(List.of(nodes), null, null, false, Duration.ofSeconds(1));
  }
}
