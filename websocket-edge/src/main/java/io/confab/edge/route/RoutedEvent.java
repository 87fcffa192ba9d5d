package io.confab.edge.route;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.confab.events.EncodedEvent;
import io.confab.events.EventType;
import io.confab.events.Kind;

/**
 * An event as it is published to an edge: kind, conversation, sequence and type, a line each, then
 * the envelope, unchanged.
 */
public record RoutedEvent(Kind kind, EncodedEvent event) {
  private static final int LINES = 4;

  String message() {
    return String.join(
        "\n",
        kind.wireName(),
        event.conversation(),
        Long.toString(event.sequence()),
        event.type().wireName(),
        new String(event.envelope(), UTF_8));
  }

  /**
   * @throws IllegalArgumentException where it is none
   */
  static RoutedEvent of(String message) {
    String[] parts = message.split("\n", LINES + 1);
    Kind kind = Kind.ofWireName(parts[0]);
    EventType type = parts.length <= LINES ? null : EventType.ofWireName(parts[3]);
    if (kind == null || type == null) {
      throw new IllegalArgumentException(
          "not a routed event: '%s'"
              .formatted(message.substring(0, Math.min(80, message.length()))));
    }
    return new RoutedEvent(
        kind, new EncodedEvent(parts[1], Long.parseLong(parts[2]), type, parts[4].getBytes(UTF_8)));
  }
}
