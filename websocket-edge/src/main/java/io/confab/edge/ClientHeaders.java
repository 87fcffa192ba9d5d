package io.confab.edge;

import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.simp.stomp.StompHeaderAccessor;

/** The headers that a client sends, checked. */
final class ClientHeaders {
  private static final int LENGTH = 128;

  private ClientHeaders() {}

  /** What the client can and wants to do, in ms; 0 and 0 where it says nothing. */
  static long[] heartBeat(StompHeaderAccessor frame) {
    String header = frame.getFirstNativeHeader("heart-beat");
    if (header == null) {
      return new long[] {0, 0};
    }
    String[] parts = header.split(",", -1);
    if (parts.length != 2) {
      throw invalid("heart-beat is not two numbers", header, "{milliseconds},{milliseconds}");
    }
    return new long[] {millis(parts[0], header), millis(parts[1], header)};
  }

  private static long millis(String number, String header) {
    try {
      int millis = Integer.parseInt(number);
      if (millis >= 0) {
        return millis;
      }
    } catch (NumberFormatException notOne) {
      // refused below
    }
    throw invalid("heart-beat is not two numbers", header, "{milliseconds},{milliseconds}");
  }

  /** The id of a subscription. */
  static String requiredId(StompHeaderAccessor frame) {
    String id = plain(frame, "id");
    if (id == null || id.isEmpty()) {
      throw invalid("The subscription has no id", id == null ? "none" : id, "the header id");
    }
    return id;
  }

  /**
   * A header that is sent back with every event: short, and nothing in it that could end a line.
   */
  private static @Nullable String plain(StompHeaderAccessor frame, String name) {
    String value = frame.getFirstNativeHeader(name);
    if (value == null) {
      return null;
    }
    if (value.length() > LENGTH || holdsControl(value)) {
      throw invalid(
          "The header " + name + " is too long or holds control characters",
          value,
          "at most " + LENGTH + " characters, no control characters");
    }
    return value;
  }

  static boolean holdsControl(String value) {
    return value.chars().anyMatch(Character::isISOControl);
  }

  static CommandRejected invalid(String detail, Object value, String expected) {
    return new CommandRejected(RejectionCode.INVALID_VALUE, detail, value, expected);
  }
}
