package io.confab.standalone.canary.domain;

import java.time.Instant;

/** Violates on purpose: time comes in with the command. */
class RuleThatAsksTheClock {
  Instant at() {
    return Instant.now();
  }
}
