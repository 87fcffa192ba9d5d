package io.confab.command.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.Ids;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConversationIdsTest {
  private static ConversationIds at(long millis) {
    return new ConversationIds(
        Clock.fixed(Instant.ofEpochMilli(millis), ZoneOffset.UTC), new Random(7));
  }

  @Test
  void theTimeIsInFront() {
    // the example of the ULID specification
    assertThat(at(1_469_918_176_385L).next()).startsWith("c-01ARYZ6S41").hasSize(28);
    assertThat(at(0).next()).startsWith("c-0000000000");
    assertThat(at((1L << 48) - 1).next()).startsWith("c-7ZZZZZZZZZ");
  }

  @Test
  void laterIdsSortBehind() {
    assertThat(at(1_000).next()).isLessThan(at(1_001).next());
  }

  @Test
  void noneComesTwice() {
    ConversationIds ids = at(1_000);
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 10_000; i++) {
      assertThat(seen.add(ids.next())).isTrue();
    }
    assertThat(seen).allMatch(Ids::valid);
  }
}
