package io.confab.command.conversation;

import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;

/** What every text must be, whatever it is for. */
final class Text {
  private Text() {}

  /**
   * The length in UTF-8, in bytes.
   *
   * @throws CommandRejected {@code invalid-value} where half of a surrogate pair stands alone: such
   *     a text has no UTF-8
   */
  static int utf8Length(String what, String text) {
    int bytes = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        continue;
      }
      if (!Character.isSurrogate(c)) {
        bytes += c < 0x800 ? 1 : 2;
      } else if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        bytes += 2;
        i++;
      } else {
        throw new CommandRejected(
            RejectionCode.INVALID_VALUE,
            what + " holds half of a surrogate pair",
            String.format("\\u%04x at %d", (int) c, i),
            "well-formed Unicode");
      }
    }
    return bytes;
  }

  /**
   * A short line: neither blank, nor with control characters, nor longer than that many characters.
   *
   * @throws CommandRejected with {@code tooLong} where it is longer, else {@code invalid-value}
   */
  static void requireLine(String what, String text, int characters, RejectionCode tooLong) {
    utf8Length(what, text);
    int length = text.codePointCount(0, text.length());
    if (length > characters) {
      throw new CommandRejected(
          tooLong,
          what + " has " + length + " characters",
          length,
          "at most " + characters + " characters");
    }
    if (text.isBlank() || text.chars().anyMatch(Character::isISOControl)) {
      throw new CommandRejected(
          RejectionCode.INVALID_VALUE,
          what + " is blank or holds control characters",
          text,
          "1 to " + characters + " characters in one line");
    }
  }
}
