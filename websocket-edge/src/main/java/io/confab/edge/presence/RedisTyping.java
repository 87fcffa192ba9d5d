package io.confab.edge.presence;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.ShardedChannels;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Typing over all edges, by Redis's sharded pub/sub; lost while Redis is down. */
public final class RedisTyping implements Typing {
  private static final Logger LOG = LoggerFactory.getLogger(RedisTyping.class);

  private final RedisCluster redis;
  private final ShardedChannels channels;
  private final Watchers<Signal> watchers = new Watchers<>();

  /**
   * @param channels refreshed by whoever owns it
   */
  public RedisTyping(RedisCluster redis, ShardedChannels channels) {
    this.redis = redis;
    this.channels = channels;
  }

  @Override
  public void publish(Signal signal) {
    String message = signal.conversation() + " " + signal.user() + " " + signal.forMillis();
    redis
        .run(c -> c.spublish(PresenceKeys.typing(signal.conversation()), message))
        .whenComplete(
            (receivers, failure) -> {
              if (failure != null) {
                LOG.debug("Typing was lost", failure);
              }
            });
  }

  @Override
  public Watch watch(String conversation, Consumer<Signal> watcher) {
    String channel = PresenceKeys.typing(conversation);
    Watch watch = watchers.add(conversation, watcher);
    var unused = channels.add(channel, this::published);
    AtomicBoolean over = new AtomicBoolean();
    return () -> {
      if (over.compareAndSet(false, true)) {
        watch.close();
        channels.remove(channel);
      }
    };
  }

  private void published(String message) {
    String[] parts = message.split(" ", -1);
    watchers.tell(parts[0], new Signal(parts[0], parts[1], Long.parseLong(parts[2])));
  }
}
