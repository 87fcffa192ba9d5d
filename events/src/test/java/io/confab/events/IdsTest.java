package io.confab.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdsTest {
  private static final String LONGEST = "x".repeat(64);

  @ParameterizedTest
  @ValueSource(strings = {"a", "Alice.B_c~d-9", ".", "c-01JDEXAMPLE"})
  void isAnId(String id) {
    assertThat(Ids.valid(id)).isTrue();
    assertThat(Ids.require("user", id)).isSameAs(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a\n", "\na", "é", "a/b", "a:b", "a\0", "@a", "１"})
  void isNone(String id) {
    assertThat(Ids.valid(id)).isFalse();
    CommandRejected rejected =
        catchThrowableOfType(CommandRejected.class, () -> Ids.require("user", id));
    assertThat(rejected.code()).isEqualTo(RejectionCode.INVALID_VALUE);
    assertThat(rejected.getMessage()).isEqualTo("user is not an id");
    assertThat(rejected.value()).isEqualTo(id);
    assertThat(rejected.limit()).isEqualTo("an id: [A-Za-z0-9._~-]{1,64}");
  }

  @Test
  void hasAtMost64Characters() {
    assertThat(Ids.valid(LONGEST)).isTrue();
    assertThat(Ids.valid(LONGEST + "x")).isFalse();
  }

  @Test
  void twoPeopleHaveOneDirectConversation() {
    assertThat(Ids.direct("alice", "bob"))
        .isEqualTo(Ids.direct("bob", "alice"))
        .isNotEqualTo(Ids.direct("alice", "carol"))
        .isNotEqualTo(Ids.direct("aliceb", "ob"));
  }

  /** Stored conversations depend on it. */
  @Test
  void theIdOfADirectConversationNeverChanges() {
    assertThat(Ids.direct("alice", "bob")).isEqualTo("d-3jrn8nyhvpnp1rg5r3z3s8qpbm");
    assertThat(Ids.valid(Ids.direct(LONGEST, "b"))).isTrue();
  }

  @Test
  void base32IsCrockfords() {
    assertThat(Ids.base32(new byte[] {0, 0, 0, 0, 0}, 8)).isEqualTo("00000000");
    assertThat(Ids.base32(new byte[] {-1, -1, -1, -1, -1}, 8)).isEqualTo("ZZZZZZZZ");
    assertThat(Ids.base32(new byte[] {0b00001_000, (byte) 0b10_00011_0}, 3)).isEqualTo("123");
  }
}
