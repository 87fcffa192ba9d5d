package io.confab.web;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/**
 * The secret that the services of one installation share, by which they know each other: a request
 * carries a JWT (HS256) signed with it, good for 60 s. Users' tokens are signed with other keys and
 * are worth nothing here. Safe for use by many threads.
 */
public final class ServiceKey {
  /** A secret's least length, in bytes: that of the hash. */
  public static final int LEAST = 32;

  private static final Duration VALIDITY = Duration.ofSeconds(60);
  private static final Duration CLOCK_SKEW = Duration.ofSeconds(30);
  private static final String AUDIENCE = "confab-services";
  private static final String BEARER = "Bearer ";

  private final byte[] secret;
  private final Clock clock;

  /**
   * @param secret at least {@value #LEAST} bytes in UTF-8
   * @throws InvalidSetting where it is shorter
   */
  public ServiceKey(String secret, Clock clock) {
    this.secret = secret.getBytes(StandardCharsets.UTF_8);
    this.clock = clock;
    if (this.secret.length < LEAST) {
      throw new InvalidSetting(
          "confab.services.secret has "
              + this.secret.length
              + " bytes, must have at least "
              + LEAST
              + " (openssl rand -base64 32 makes one)");
    }
  }

  /** The value of an {@code Authorization} header. */
  public String authorization() {
    Instant now = clock.instant();
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .audience(AUDIENCE)
            .expirationTime(Date.from(now.plus(VALIDITY)))
            .build();
    SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
    try {
      token.sign(new MACSigner(secret));
    } catch (JOSEException e) {
      throw new IllegalStateException("signing with the services' secret", e);
    }
    return BEARER + token.serialize();
  }

  /**
   * @throws CommandRejected {@code unauthenticated} where the header is not one that {@link
   *     #authorization} gives with the same secret
   */
  public void require(@Nullable String authorization) {
    if (authorization == null || !authorization.startsWith(BEARER) || !valid(authorization)) {
      throw new CommandRejected(
          RejectionCode.UNAUTHENTICATED,
          "The request does not come from a service of this installation",
          null,
          "a token signed with confab.services.secret");
    }
  }

  private boolean valid(String authorization) {
    try {
      SignedJWT token = SignedJWT.parse(authorization.substring(BEARER.length()));
      JWTClaimsSet claims = token.getJWTClaimsSet();
      Date end = claims.getExpirationTime();
      return JWSAlgorithm.HS256.equals(token.getHeader().getAlgorithm())
          && token.verify(new MACVerifier(secret))
          && claims.getAudience().contains(AUDIENCE)
          && end != null
          && end.toInstant().plus(CLOCK_SKEW).isAfter(clock.instant());
    } catch (ParseException | JOSEException e) {
      return false;
    }
  }
}
