package io.confab.web;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.events.CommandRejected;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class ServiceKeyTest {
  private static final Instant NOW = Instant.parse("2026-11-24T09:30:00Z");
  private static final String SECRET = "0123456789abcdef0123456789abcdef";

  private static ServiceKey key(String secret, Instant now) {
    return new ServiceKey(secret, Clock.fixed(now, ZoneOffset.UTC));
  }

  @Test
  void servicesWithTheSameSecretKnowEachOther() {
    key(SECRET, NOW.plusSeconds(59)).require(key(SECRET, NOW).authorization());
  }

  @Test
  void otherwiseARequestIsRefused() {
    refused(key("another secret of thirty-two bytes", NOW).authorization());
    refused(key(SECRET, NOW.minusSeconds(91)).authorization());
    refused(null);
    refused("Bearer nonsense");
    refused(key(SECRET, NOW).authorization().replace("Bearer ", ""));
  }

  private static void refused(String authorization) {
    assertThatThrownBy(() -> key(SECRET, NOW).require(authorization))
        .isInstanceOfSatisfying(
            CommandRejected.class,
            e ->
                org.assertj.core.api.Assertions.assertThat(e.code().code())
                    .isEqualTo("unauthenticated"));
  }

  @Test
  void aShortSecretIsNamedWithItsLength() {
    assertThatThrownBy(() -> key("too short", NOW))
        .isInstanceOf(InvalidSetting.class)
        .hasMessageContaining("confab.services.secret has 9 bytes, must have at least 32");
  }
}
