package io.confab.command.conversation;

import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.lang.UProperty;
import io.confab.events.CommandRejected;
import io.confab.events.Limits;
import io.confab.events.RejectionCode;
import java.nio.charset.StandardCharsets;

/**
 * A reaction is one emoji: a character or sequence that Unicode recommends for general interchange
 * (RGI), in its fully qualified form, so that the same emoji is always the same text. Each such
 * sequence is one grapheme cluster.
 */
final class EmojiPolicy {
  private EmojiPolicy() {}

  static void check(String emoji, Limits limits) {
    int bytes = emoji.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > limits.emojiBytes()) {
      throw new CommandRejected(
          RejectionCode.INVALID_EMOJI,
          "The emoji has " + bytes + " bytes in UTF-8",
          emoji,
          "one emoji of at most " + limits.emojiBytes() + " bytes");
    }
    if (!UCharacter.hasBinaryProperty(emoji, UProperty.RGI_EMOJI)) {
      throw new CommandRejected(
          RejectionCode.INVALID_EMOJI,
          "The reaction is not one emoji",
          emoji,
          "one fully qualified emoji, such as 👍");
    }
  }
}
