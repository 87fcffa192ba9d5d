package io.confab.command.conversation;

import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.lang.UProperty;
import io.confab.events.CommandRejected;
import io.confab.events.Limits;
import io.confab.events.RejectionCode;
import java.nio.charset.StandardCharsets;

/**
 * A reaction is one emoji: a character or sequence that Unicode recommends for general interchange
 * (RGI), in its fully qualified form, or a single character that lacks only the variation selector
 * U+FE0F to be one, such as U+2764. Each is one grapheme cluster, and kept as it was sent.
 */
final class EmojiPolicy {
  /** Unicode lists these among the emoji; whoever sends them without a selector means text. */
  private static final String TEXT = "©®™";

  private static final char EMOJI_PRESENTATION = '\ufe0f';

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
    if (!isRgi(emoji) && !lacksOnlyTheSelector(emoji)) {
      throw new CommandRejected(
          RejectionCode.INVALID_EMOJI,
          "The reaction is not one emoji",
          emoji,
          "one emoji, such as 👍");
    }
  }

  private static boolean isRgi(String text) {
    return UCharacter.hasBinaryProperty(text, UProperty.RGI_EMOJI);
  }

  private static boolean lacksOnlyTheSelector(String text) {
    return text.codePointCount(0, text.length()) == 1
        && !TEXT.contains(text)
        && !UCharacter.isLetterOrDigit(text.codePointAt(0))
        && isRgi(text + EMOJI_PRESENTATION);
  }
}
