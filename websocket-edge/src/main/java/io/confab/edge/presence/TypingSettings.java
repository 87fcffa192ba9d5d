package io.confab.edge.presence;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How typing is shown.
 *
 * @param shownFor how long after its last signal a user is taken for typing; default 6 s, 100 ms to
 *     1 min
 * @param atMostEvery what a session sends for a conversation within this time of its last signal is
 *     dropped; default 2 s, up to 1 min
 */
@ConfigurationProperties("confab.typing")
public record TypingSettings(
    @DefaultValue("6s") Duration shownFor, @DefaultValue("2s") Duration atMostEvery) {

  /** The defaults, as without any setting. */
  public static final TypingSettings DEFAULT =
      new TypingSettings(Duration.ofSeconds(6), Duration.ofSeconds(2));

  public TypingSettings {
    within("shown-for", shownFor.toMillis(), 100);
    within("at-most-every", atMostEvery.toMillis(), 0);
  }

  private static void within(String name, long value, long least) {
    if (value < least || value > 60_000) {
      throw new IllegalArgumentException(
          "confab.typing.%s is %d ms, must be from %d to 60000".formatted(name, value, least));
    }
  }
}
