package io.confab.events;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The kinds of conversation. The wire name is the lower-case name. */
public enum Kind {
  /** Exactly two people, always the same conversation for the same two. */
  DIRECT,
  /** A few people, at most {@link Limits#groupMembers}. */
  GROUP,
  /** Many people, at most {@link Limits#channelMembers}. */
  CHANNEL;

  private final String wireName = name().toLowerCase(Locale.ROOT);

  public String wireName() {
    return wireName;
  }

  /** The kind of that wire name, or null where there is none. */
  public static @Nullable Kind ofWireName(@Nullable String wireName) {
    for (Kind kind : values()) {
      if (kind.wireName.equals(wireName)) {
        return kind;
      }
    }
    return null;
  }
}
