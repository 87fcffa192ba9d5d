package io.confab.edge.relay;

import java.net.URI;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the edge's commands go when command-side is another process.
 *
 * @param url of command-side, or of what balances the load before it (by the hash of the path's
 *     conversation); no path
 * @param connectTimeout default 1 s
 * @param attemptTimeout how long one request may take before it is tried again; default 3 s
 * @param patience how long a command is tried, all attempts together, before it is answered {@code
 *     unavailable}; default 25 s, because command-side may take 20 s to find out what became of it
 * @param inFlight commands that wait or are under way, at which more are refused as {@code
 *     unavailable}; default 20,000
 */
@ConfigurationProperties("confab.commands")
public record RelaySettings(
    URI url,
    @DefaultValue("1s") Duration connectTimeout,
    @DefaultValue("3s") Duration attemptTimeout,
    @DefaultValue("25s") Duration patience,
    @DefaultValue("20000") int inFlight) {

  public RelaySettings {
    if (url == null) {
      throw new IllegalArgumentException("confab.commands.url is missing: where commands go");
    }
    within("connect-timeout", connectTimeout.toMillis(), 1, Integer.MAX_VALUE);
    within("attempt-timeout", attemptTimeout.toMillis(), 1, Integer.MAX_VALUE);
    within("patience", patience.toMillis(), 1, Integer.MAX_VALUE);
    within("in-flight", inFlight, 1, 10_000_000);
  }

  private static void within(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "confab.commands.%s is %d, must be from %d to %d".formatted(name, value, least, most));
    }
  }
}
