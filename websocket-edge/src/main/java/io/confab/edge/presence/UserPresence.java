package io.confab.edge.presence;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one user's presence.
 *
 * @param since when the status began, to the millisecond; null where it is unknown, and for a user
 *     who is offline and whose leaving is not remembered (any more)
 */
public record UserPresence(String user, Status status, @Nullable Instant since) {

  static UserPresence unknown(String user) {
    return new UserPresence(user, Status.UNKNOWN, null);
  }
}
