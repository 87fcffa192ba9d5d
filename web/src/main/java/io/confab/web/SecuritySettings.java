package io.confab.web;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Whose tokens are believed. With neither an issuer nor a JWK set the server signs with a {@link
 * DevKey} of its own and listens on loopback only; {@code confab.security.dev-key-file} names the
 * key's file where several processes share it, which else is in the data directory.
 *
 * @param issuerUri an OpenID Connect issuer; its keys are found by discovery, and {@code iss} must
 *     be it
 * @param jwkSetUri a JWK set; with an issuer too, the keys come from here and {@code iss} is
 *     checked
 * @param allowedOrigins origins from which browsers may open a WebSocket besides the server's own
 */
@ConfigurationProperties("confab.security")
public record SecuritySettings(
    @Nullable String issuerUri,
    @Nullable String jwkSetUri,
    @DefaultValue List<String> allowedOrigins) {

  /** Whether the server has to sign its own tokens. */
  public boolean ownKey() {
    return issuerUri == null && jwkSetUri == null;
  }
}
