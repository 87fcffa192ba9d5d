package io.confab.edge;

import io.confab.events.CommandRejected;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.AddReaction;
import io.confab.events.ConversationCommand.DeleteMessage;
import io.confab.events.ConversationCommand.EditMessage;
import io.confab.events.ConversationCommand.RemoveReaction;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationCommand.SendReply;
import io.confab.events.Ids;
import io.confab.web.CommandBodies;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a SEND asks for: its destination and body, read. */
final class SendRequest {
  private static final String PREFIX = "/app/conversations/";
  private static final String KNOWN =
      PREFIX
          + "{conversation}/messages, …/messages/{sequence}/replies, edit, delete, react or"
          + " unreact, or …/read";

  private final String conversation;
  private final @Nullable ConversationCommand command;
  private final long upTo;

  private SendRequest(String conversation, @Nullable ConversationCommand command, long upTo) {
    this.conversation = conversation;
    this.command = command;
    this.upTo = upTo;
  }

  String conversation() {
    return conversation;
  }

  /** The command, or null where the request moves the read marker. */
  @Nullable ConversationCommand command() {
    return command;
  }

  /** How far the sender has read; of meaning only without a command. */
  long upTo() {
    return upTo;
  }

  /**
   * @throws CommandRejected {@code unknown-destination}, {@code invalid-value} or {@code
   *     malformed-request}
   */
  static SendRequest of(@Nullable String destination, byte[] body, String by, Instant at) {
    if (destination == null || !destination.startsWith(PREFIX)) {
      throw Destinations.unknown(destination, KNOWN);
    }
    String[] parts = destination.substring(PREFIX.length()).split("/", -1);
    if (parts.length == 2 && parts[1].equals("messages")) {
      String conversation = conversation(parts);
      return command(new SendMessage(conversation, by, at, CommandBodies.message(body)));
    }
    if (parts.length == 2 && parts[1].equals("read")) {
      return new SendRequest(conversation(parts), null, CommandBodies.upTo(body));
    }
    if (parts.length == 4 && parts[1].equals("messages")) {
      return command(onMessage(destination, parts, body, by, at));
    }
    throw Destinations.unknown(destination, KNOWN);
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

  private static SendRequest command(ConversationCommand command) {
    return new SendRequest(command.conversation(), command, 0);
  }

  private static String conversation(String[] parts) {
    return Ids.require("conversation", parts[0]);
  }

  private static long message(String[] parts) {
    return CommandBodies.sequence(parts[2]);
  }
}
