package io.confab.web;

import io.confab.events.CommandRejected;
import io.confab.events.Ids;
import io.confab.events.RejectionCode;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtException;

/**
 * Believes what the configured keys have signed, up to the very second at which it expires: what
 * HTTP takes, STOMP takes too, and neither takes it longer.
 */
final class JwtAuthenticator implements Authenticator {
  private static final String SCHEME = "bearer ";

  private final JwtDecoder decoder;
  private final Clock clock;

  JwtAuthenticator(JwtDecoder decoder, Clock clock) {
    this.decoder = decoder;
    this.clock = clock;
  }

  @Override
  public Session authenticate(@Nullable String authorization) {
    if (authorization == null || authorization.isBlank()) {
      throw noToken();
    }
    if (!authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
      throw refused("the Authorization header holds no bearer token", null);
    }
    Jwt token;
    try {
      token = decoder.decode(authorization.substring(SCHEME.length()).trim());
    } catch (BadJwtException e) {
      throw refused(e.getMessage(), null);
    } catch (JwtException e) {
      throw new CommandRejected(
          RejectionCode.UNAVAILABLE,
          "The keys that verify tokens cannot be had now; try again",
          null,
          null);
    }
    Instant expiry = token.getExpiresAt();
    if (expiry != null && !clock.instant().isBefore(expiry)) { // the decoder allows a minute more
      throw refused("the token has expired", expiry.toString());
    }
    String user = token.getSubject();
    if (user == null || !Ids.valid(user)) {
      throw refused("the token's sub is not a user id", user);
    }
    return new Session(new Caller(user, roles(token)), expiry == null ? Instant.MAX : expiry);
  }

  private static Set<Caller.Role> roles(Jwt token) {
    Set<Caller.Role> roles = EnumSet.noneOf(Caller.Role.class);
    if (token.getClaims().get("roles") instanceof Collection<?> names) {
      for (Caller.Role role : Caller.Role.values()) {
        if (names.contains(role.wireName())) {
          roles.add(role);
        }
      }
    }
    return roles;
  }

  static CommandRejected noToken() {
    return refused("there is no token", null);
  }

  private static CommandRejected refused(@Nullable String why, @Nullable String value) {
    return new CommandRejected(
        RejectionCode.UNAUTHENTICATED,
        "Not authenticated: " + why,
        value,
        "Authorization: Bearer <JWT signed by a configured key, not expired>");
  }
}
