package io.confab.events;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What can be asked of a conversation. Time and ids come in with the command, so that handling it
 * is a function of the command and the state alone.
 */
public sealed interface ConversationCommand {

  /** The conversation's id. */
  String conversation();

  /** The user who asks. */
  String by();

  /** When it was asked; the event's {@code at}. */
  Instant at();

  /** Answers with the conversation that exists where it is a direct one between the same two. */
  record StartConversation(
      String conversation,
      String by,
      Instant at,
      Kind kind,
      @Nullable String title,
      List<String> members)
      implements ConversationCommand {
    public StartConversation {
      members = List.copyOf(members);
    }
  }

  record RenameConversation(String conversation, String by, Instant at, String title)
      implements ConversationCommand {}

  record AddMembers(String conversation, String by, Instant at, List<String> members)
      implements ConversationCommand {
    public AddMembers {
      members = List.copyOf(members);
    }
  }

  /** Leaving is removing oneself. */
  record RemoveMember(String conversation, String by, Instant at, String member)
      implements ConversationCommand {}

  record ChangeMemberRole(String conversation, String by, Instant at, String member, Role role)
      implements ConversationCommand {}

  record SendMessage(String conversation, String by, Instant at, MessageContent content)
      implements ConversationCommand {}

  /** A reply to a reply joins the thread of that reply's root. */
  record SendReply(String conversation, String by, Instant at, long message, MessageContent content)
      implements ConversationCommand {}

  record EditMessage(String conversation, String by, Instant at, long message, String body)
      implements ConversationCommand {}

  record DeleteMessage(String conversation, String by, Instant at, long message)
      implements ConversationCommand {}

  record AddReaction(String conversation, String by, Instant at, long message, String emoji)
      implements ConversationCommand {}

  record RemoveReaction(String conversation, String by, Instant at, long message, String emoji)
      implements ConversationCommand {}

  record PinMessage(String conversation, String by, Instant at, long message)
      implements ConversationCommand {}

  record UnpinMessage(String conversation, String by, Instant at, long message)
      implements ConversationCommand {}
}
