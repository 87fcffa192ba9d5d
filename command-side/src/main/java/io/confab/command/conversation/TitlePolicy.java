package io.confab.command.conversation;

import io.confab.events.CommandRejected;
import io.confab.events.Kind;
import io.confab.events.Limits;
import io.confab.events.RejectionCode;
import org.jspecify.annotations.Nullable;

/** A channel or group may have a title, a direct conversation has none. */
final class TitlePolicy {
  private TitlePolicy() {}

  /** The title as it is kept: without white space around it. */
  static @Nullable String check(Kind kind, @Nullable String title, Limits limits) {
    if (kind == Kind.DIRECT) {
      if (title != null) {
        throw new CommandRejected(
            RejectionCode.INVALID_VALUE, "A direct conversation has no title", title, "no title");
      }
      return null;
    }
    if (title == null) {
      return null;
    }
    String trimmed = title.strip();
    Text.requireLine("title", trimmed, limits.titleCharacters(), RejectionCode.TITLE_TOO_LONG);
    return trimmed;
  }
}
