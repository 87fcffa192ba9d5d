package io.confab.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LimitsTest {

  @Test
  void theDefaultsAreTheProtocols() {
    assertThat(Limits.DEFAULT).isEqualTo(new Limits(28_672, 10, 50, 32, 200, 250, 25_000));
  }

  @Test
  void aLimitIsAtLeastOneAndNamedWhereItIsNot() {
    assertThatThrownBy(() -> new Limits(0, 1, 1, 1, 1, 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("limit bodyBytes is 0, must be at least 1");
    assertThatThrownBy(() -> new Limits(1, 1, 1, 1, 1, 1, -5))
        .hasMessage("limit channelMembers is -5, must be at least 1");
  }
}
