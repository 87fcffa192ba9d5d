package io.confab.command.conversation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.confab.events.CommandRejected;
import io.confab.events.Limits;
import io.confab.events.RejectionCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmojiPolicyTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "👍",
        "👍🏽",
        "❤️",
        "\u2764", // the same without its variation selector
        "\u263a",
        "\u2714",
        "\u2600",
        "\u203c",
        "🅰",
        "1️⃣",
        "#️⃣",
        "🇩🇪",
        "👩‍👩‍👧",
        "👩‍👩‍👧‍👦",
        "🏳️‍🌈",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "🧑🏿‍🚀",
        "🫠"
      })
  void oneEmojiIsAReaction(String emoji) {
    assertThatNoException().isThrownBy(() -> EmojiPolicy.check(emoji, Limits.DEFAULT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " ", "a", "ok", "1", "#", "*", "©", "®", "™", "\u2139", ":)", ":+1:", "👍👍", "👍 ",
        "👍x", "👁‍🗨", // a sequence is fully qualified
        "❤❤", "❤\ufe0e", "\u2713", "🇩", "🇩🇩🇪", "🏽👍", "👩‍", "\u200d", "\ufe0f", "\ud83d",
        "e\u0301"
      })
  void textIsNoReaction(String text) {
    CommandRejected rejected =
        catchThrowableOfType(CommandRejected.class, () -> EmojiPolicy.check(text, Limits.DEFAULT));

    assertThat(rejected.code()).isEqualTo(RejectionCode.INVALID_EMOJI);
    assertThat(rejected.value()).isEqualTo(text);
    assertThat(rejected.limit()).isEqualTo("one emoji, such as 👍");
  }

  @Test
  void anEmojiHasAtMost32Bytes() {
    String kiss = "👩🏿‍❤️‍💋‍👩🏽";
    CommandRejected rejected =
        catchThrowableOfType(CommandRejected.class, () -> EmojiPolicy.check(kiss, Limits.DEFAULT));

    assertThat(rejected.code()).isEqualTo(RejectionCode.INVALID_EMOJI);
    assertThat(rejected.getMessage()).isEqualTo("The emoji has 35 bytes in UTF-8");
    assertThat(rejected.limit()).isEqualTo("one emoji of at most 32 bytes");
  }
}
