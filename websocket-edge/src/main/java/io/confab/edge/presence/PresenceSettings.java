package io.confab.edge.presence;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * When silence means absence.
 *
 * @param awayAfter silence after which a session is away; default 10 s (two missed heart-beats),
 *     100 ms to 10 min
 * @param offlineAfter silence after which a session counts no more; default 15 s, more than {@code
 *     awayAfter}, to 10 min
 * @param queryUsers the most users of one query; default 200, 1 to 10,000
 */
@ConfigurationProperties("confab.presence")
public record PresenceSettings(
    @DefaultValue("10s") Duration awayAfter,
    @DefaultValue("15s") Duration offlineAfter,
    @DefaultValue("200") int queryUsers) {

  /** The defaults, as without any setting. */
  public static final PresenceSettings DEFAULT =
      new PresenceSettings(Duration.ofSeconds(10), Duration.ofSeconds(15), 200);

  private static final long MOST_MILLIS = 600_000;

  public PresenceSettings {
    within("away-after", awayAfter.toMillis(), 100, MOST_MILLIS);
    within("offline-after", offlineAfter.toMillis(), awayAfter.toMillis() + 1, MOST_MILLIS);
    within("query-users", queryUsers, 1, 10_000);
  }

  private static void within(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "confab.presence.%s is %d, must be from %d to %d".formatted(name, value, least, most));
    }
  }
}
