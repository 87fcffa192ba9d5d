package io.confab.web;

import io.confab.events.CommandRejected;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Turns a bearer token into a caller. Safe for use by many threads. */
public interface Authenticator {

  /**
   * @param authorization an {@code Authorization} header's value: {@code Bearer <JWT>}
   * @throws CommandRejected {@code unauthenticated} where the token is missing, malformed, expired,
   *     not yet valid, or not signed by a configured key
   */
  Session authenticate(@Nullable String authorization);

  /**
   * @param expiresAt when the token ends; a session that lives on must end then too
   */
  record Session(Caller caller, Instant expiresAt) {}
}
