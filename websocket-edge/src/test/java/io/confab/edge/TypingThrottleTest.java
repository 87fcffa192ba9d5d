package io.confab.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.edge.presence.TypingSettings;
import org.junit.jupiter.api.Test;

class TypingThrottleTest {
  private final TypingThrottle throttle = new TypingThrottle(TypingSettings.DEFAULT);

  @Test
  void passesOneSignalOfAConversationEveryTwoSeconds() {
    assertThat(throttle.pass("c-1", true, 0)).isTrue();
    assertThat(throttle.pass("c-1", true, 1_999)).isFalse();
    assertThat(throttle.pass("c-2", true, 1_999)).isTrue();
    assertThat(throttle.pass("c-1", true, 2_000)).isTrue();
  }

  @Test
  void passesThatItIsOverOnceAndOnlyBehindTyping() {
    assertThat(throttle.pass("c-1", false, 0)).isFalse();
    assertThat(throttle.pass("c-1", true, 0)).isTrue();
    assertThat(throttle.pass("c-1", false, 5_999)).isTrue();
    assertThat(throttle.pass("c-1", false, 5_999)).isFalse();
    assertThat(throttle.pass("c-1", true, 6_000)).isTrue();
    assertThat(throttle.pass("c-1", false, 12_000)).as("it is shown no more").isFalse();
  }

  @Test
  void nobodyTypesInManyConversationsAtOnce() {
    for (int i = 0; i < 8; i++) {
      assertThat(throttle.pass("c-" + i, true, 0)).isTrue();
    }
    assertThat(throttle.pass("c-8", true, 5_999)).isFalse();
    assertThat(throttle.pass("c-8", true, 6_000)).isTrue();
  }
}
