package io.confab.events;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a member may do. The wire name is the lower-case name. */
public enum Role {
  /** May also rename, change members and roles, and delete what others sent. */
  OWNER,
  MEMBER;

  private final String wireName = name().toLowerCase(Locale.ROOT);

  public String wireName() {
    return wireName;
  }

  /** The role of that wire name, or null where there is none. */
  public static @Nullable Role ofWireName(@Nullable String wireName) {
    for (Role role : values()) {
      if (role.wireName.equals(wireName)) {
        return role;
      }
    }
    return null;
  }
}
