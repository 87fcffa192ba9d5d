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

  private Destinations() {}

  static String topic(String conversation) {
    return TOPIC + conversation;
  }

  /**
   * The conversation of a topic.
   *
   * @throws CommandRejected {@code unknown-destination}, or {@code invalid-value} where the
   *     conversation is not an id
   */
  static String conversationOf(String destination) {
    if (!destination.startsWith(TOPIC) || destination.indexOf('/', TOPIC.length()) >= 0) {
      throw unknown(destination, TOPIC + "{conversation}, " + INBOX + " or " + REJECTIONS);
    }
    return Ids.require("conversation", destination.substring(TOPIC.length()));
  }

  static CommandRejected unknown(@Nullable String destination, String known) {
    return new CommandRejected(
        RejectionCode.UNKNOWN_DESTINATION, "There is no such destination", destination, known);
  }
}
