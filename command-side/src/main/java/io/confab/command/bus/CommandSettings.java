package io.confab.command.bus;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How commands are run.
 *
 * @param stripes threads that run commands; 0, the default, for as many as there are cores
 * @param queue commands that may wait for one stripe; over it a command is refused as {@code
 *     unavailable}; default 4,096
 * @param timeout after which a caller that has no answer yet gets {@code unavailable}; default 10
 *     s, at least 1 ms
 * @param cacheWeight bytes, roughly, of all cached aggregates ({@link Weighed}); 0, the default,
 *     for a quarter of the heap
 * @param snapshotEvery events of one aggregate between two snapshots; default 2,000: a snapshot of
 *     a busy conversation is some 400 KB, too much to write more often
 */
@ConfigurationProperties("confab.commands")
public record CommandSettings(
    @DefaultValue("0") int stripes,
    @DefaultValue("4096") int queue,
    @DefaultValue("10s") Duration timeout,
    @DefaultValue("0") long cacheWeight,
    @DefaultValue("2000") int snapshotEvery) {

  /** What holds where nothing is set. */
  public static final CommandSettings DEFAULT =
      new CommandSettings(0, 4096, Duration.ofSeconds(10), 0, 2_000);

  public CommandSettings {
    atLeast("stripes", stripes, 0);
    atLeast("queue", queue, 1);
    atLeast("timeout in ms", timeout.toMillis(), 1);
    atLeast("cache-weight", cacheWeight, 0);
    atLeast("snapshot-every", snapshotEvery, 2);
    if (stripes == 0) {
      stripes = Runtime.getRuntime().availableProcessors();
    }
    if (cacheWeight == 0) {
      cacheWeight = Runtime.getRuntime().maxMemory() / 4;
    }
  }

  private static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(
          "confab.commands: " + name + " is " + value + ", must be at least " + least);
    }
  }
}
