package io.confab.edge;

import io.confab.events.CommandRejected;
import io.confab.events.Ids;
import io.confab.events.RejectionCode;
import org.jspecify.annotations.Nullable;

/** The destinations of the protocol. */
final class Destinations {
  static final String INBOX = "/user/queue/inbox";
  static final String REJECTIONS = "/user/queue/rejections";

  private static final String TOPIC = "/topic/conversations/";
  private static final String TYPING = "/typing";
  private static final String PRESENCE = "/topic/presence/";

  private Destinations() {}

  static String topic(String conversation) {
    return TOPIC + conversation;
  }

  /** Whether of a conversation, or of who types in one. */
  static boolean isTopic(String destination) {
    return destination.startsWith(TOPIC);
  }

  static boolean isTyping(String destination) {
    return destination.length() > TOPIC.length() + TYPING.length()
        && destination.startsWith(TOPIC)
        && destination.endsWith(TYPING);
  }

  static boolean isPresence(String destination) {
    return destination.startsWith(PRESENCE);
  }

  /**
   * The conversation of a topic, or of a topic's typing.
   *
   * @throws CommandRejected {@code unknown-destination}, or {@code invalid-value} where the
   *     conversation is not an id
   */
  static String conversationOf(String destination) {
    String topic =
        isTyping(destination)
            ? destination.substring(0, destination.length() - TYPING.length())
            : destination;
    if (!topic.startsWith(TOPIC) || topic.indexOf('/', TOPIC.length()) >= 0) {
      throw unknown(
          destination,
          TOPIC
              + "{conversation}, "
              + TOPIC
              + "{conversation}"
              + TYPING
              + ", "
              + PRESENCE
              + "{user}, "
              + INBOX
              + " or "
              + REJECTIONS);
    }
    return Ids.require("conversation", topic.substring(TOPIC.length()));
  }

  /**
   * The user of a presence topic.
   *
   * @throws CommandRejected {@code invalid-value} where it is not an id
   */
  static String userOf(String destination) {
    return Ids.require("user", destination.substring(PRESENCE.length()));
  }

  static CommandRejected unknown(@Nullable String destination, String known) {
    return new CommandRejected(
        RejectionCode.UNKNOWN_DESTINATION, "There is no such destination", destination, known);
  }
}
