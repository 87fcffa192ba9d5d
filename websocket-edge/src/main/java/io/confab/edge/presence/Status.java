package io.confab.edge.presence;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How present a user is, the weakest first: of several, the strongest counts. The wire name is the
 * lower-case name.
 */
public enum Status {
  /** It cannot be found out now. */
  UNKNOWN,
  OFFLINE,
  AWAY,
  ONLINE,
  BUSY;

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The status of that wire name, or null. */
  public static @Nullable Status ofWireName(String name) {
    for (Status status : values()) {
      if (status.wireName().equals(name)) {
        return status;
      }
    }
    return null;
  }

  Status orStronger(Status other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
