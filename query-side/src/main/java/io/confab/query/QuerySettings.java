package io.confab.query;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param waitAtMost how long a query waits for the views to catch up with the log before it is
 *     refused; default 2 s, at most 1 min, because it holds a request thread
 * @param waits how many queries wait so at a time, each on a request thread; one more is refused at
 *     once; default 64
 * @param replays how many replays of the whole log run at a time, each on a request thread; default
 *     4
 */
@ConfigurationProperties("confab.query")
record QuerySettings(
    @DefaultValue("2s") Duration waitAtMost,
    @DefaultValue("64") int waits,
    @DefaultValue("4") int replays) {
  QuerySettings {
    if (waitAtMost.isNegative() || waitAtMost.compareTo(Duration.ofMinutes(1)) > 0) {
      throw new IllegalArgumentException(
          "confab.query.wait-at-most is " + waitAtMost.toMillis() + " ms, must be 0 to 60000 ms");
    }
    if (waits < 1) {
      throw new IllegalArgumentException("confab.query.waits is " + waits + ", must be at least 1");
    }
    if (replays < 1) {
      throw new IllegalArgumentException(
          "confab.query.replays is " + replays + ", must be at least 1");
    }
  }
}
