package io.confab.edge;

import io.confab.edge.presence.Status;
import io.confab.events.CommandRejected;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.AddReaction;
import io.confab.events.ConversationCommand.DeleteMessage;
import io.confab.events.ConversationCommand.EditMessage;
import io.confab.events.ConversationCommand.RemoveReaction;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationCommand.SendReply;
import io.confab.events.Ids;
import io.confab.events.RejectionCode;
import io.confab.web.CommandBodies;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a SEND asks for: its destination and body, read. */
sealed interface SendRequest {
  String PREFIX = "/app/conversations/";
  String PRESENCE = "/app/presence";
  String KNOWN =
      PREFIX
          + "{conversation}/messages, …/messages/{sequence}/replies, edit, delete, react or"
          + " unreact, …/read, …/typing, or "
          + PRESENCE;

  /** To change the log. */
  record Change(ConversationCommand command) implements SendRequest {}

  /** To move the sender's read marker. */
  record Read(String conversation, long upTo) implements SendRequest {}

  /** To show the sender as typing, or as typing no more. */
  record Typed(String conversation, boolean typing) implements SendRequest {}

  /** To show the session as this. */
  record Chosen(Status status) implements SendRequest {}

  /**
   * @throws CommandRejected {@code unknown-destination}, {@code invalid-value} or {@code
   *     malformed-request}
   */
  static SendRequest of(@Nullable String destination, byte[] body, String by, Instant at) {
    if (PRESENCE.equals(destination)) {
      return new Chosen(status(CommandBodies.status(body)));
    }
    if (destination == null || !destination.startsWith(PREFIX)) {
      throw Destinations.unknown(destination, KNOWN);
    }
    String[] parts = destination.substring(PREFIX.length()).split("/", -1);
    if (parts.length == 2) {
      return switch (parts[1]) {
        case "messages" ->
            new Change(new SendMessage(conversation(parts), by, at, CommandBodies.message(body)));
        case "read" -> new Read(conversation(parts), CommandBodies.upTo(body));
        case "typing" -> new Typed(conversation(parts), CommandBodies.typing(body));
        default -> throw Destinations.unknown(destination, KNOWN);
      };
    }
    if (parts.length == 4 && parts[1].equals("messages")) {
      return new Change(onMessage(destination, parts, body, by, at));
    }
    throw Destinations.unknown(destination, KNOWN);
  }

  private static Status status(String name) {
    Status status = Status.ofWireName(name);
    if (status == null || status == Status.OFFLINE || status == Status.UNKNOWN) {
      throw new CommandRejected(
          RejectionCode.INVALID_VALUE, "status is none to choose", name, "online, away or busy");
    }
    return status;
  }

  private static ConversationCommand onMessage(
      String destination, String[] parts, byte[] body, String by, Instant at) {
    return switch (parts[3]) {
      case "replies" ->
          new SendReply(conversation(parts), by, at, message(parts), CommandBodies.message(body));
      case "edit" ->
          new EditMessage(
              conversation(parts), by, at, message(parts), CommandBodies.editedBody(body));
      case "delete" -> new DeleteMessage(conversation(parts), by, at, message(parts));
      case "react" ->
          new AddReaction(conversation(parts), by, at, message(parts), CommandBodies.emoji(body));
      case "unreact" ->
          new RemoveReaction(
              conversation(parts), by, at, message(parts), CommandBodies.emoji(body));
      default -> throw Destinations.unknown(destination, KNOWN);
    };
  }

  private static String conversation(String[] parts) {
    return Ids.require("conversation", parts[0]);
  }

  private static long message(String[] parts) {
    return CommandBodies.sequence(parts[2]);
  }
}
