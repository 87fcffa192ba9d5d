package io.confab.events;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What can happen in a conversation. Each event takes the next sequence number of its conversation;
 * the number of the event that created a message is that message's id.
 *
 * <p>Events are immutable and hold neither their place in the log nor their author: those are the
 * {@linkplain EventEnvelope envelope}'s.
 */
public sealed interface ConversationEvent {

  /** The name and place of this event in the table of types. */
  EventType type();

  /** The first event of every conversation. {@code title} is null for a direct conversation. */
  record ConversationStarted(Kind kind, @Nullable String title, List<Member> members)
      implements ConversationEvent {
    public ConversationStarted {
      members = List.copyOf(members);
    }

    @Override
    public EventType type() {
      return EventType.CONVERSATION_STARTED;
    }
  }

  /** The conversation has a new title. */
  record ConversationRenamed(String title) implements ConversationEvent {
    @Override
    public EventType type() {
      return EventType.CONVERSATION_RENAMED;
    }
  }

  /** People joined; none of them was a member before. */
  record MembersAdded(List<Member> members) implements ConversationEvent {
    public MembersAdded {
      members = List.copyOf(members);
    }

    @Override
    public EventType type() {
      return EventType.MEMBERS_ADDED;
    }
  }

  /** A member left or was removed. This event is the last that the member receives. */
  record MemberRemoved(String member) implements ConversationEvent {
    @Override
    public EventType type() {
      return EventType.MEMBER_REMOVED;
    }
  }

  /** A member has another role. */
  record MemberRoleChanged(String member, Role role) implements ConversationEvent {
    @Override
    public EventType type() {
      return EventType.MEMBER_ROLE_CHANGED;
    }
  }

  /** A message of the main view; {@code ordinal} says that it is the n-th, counted from 1. */
  record MessageSent(long ordinal, MessageContent content) implements ConversationEvent {
    @Override
    public EventType type() {
      return EventType.MESSAGE_SENT;
    }
  }

  /** A message of a thread; {@code root} is the sequence of the thread's first message. */
  record ReplySent(long root, MessageContent content) implements ConversationEvent {
    @Override
    public EventType type() {
      return EventType.REPLY_SENT;
    }
  }

  /** A message or reply has another body. */
  record MessageEdited(long message, String body) implements ConversationEvent {
    @Override
    public EventType type() {
      return EventType.MESSAGE_EDITED;
    }
  }

  /** A message or reply is a tombstone from here on. */
  record MessageDeleted(long message) implements ConversationEvent {
    @Override
    public EventType type() {
      return EventType.MESSAGE_DELETED;
    }
  }

  /** The event's author reacted with {@code emoji}, and had not before. */
  record ReactionAdded(long message, String emoji) implements ConversationEvent {
    @Override
    public EventType type() {
      return EventType.REACTION_ADDED;
    }
  }

  /** The event's author took the reaction back. */
  record ReactionRemoved(long message, String emoji) implements ConversationEvent {
    @Override
    public EventType type() {
      return EventType.REACTION_REMOVED;
    }
  }

  /** A message is pinned, and was not before. */
  record MessagePinned(long message) implements ConversationEvent {
    @Override
    public EventType type() {
      return EventType.MESSAGE_PINNED;
    }
  }

  /** A message is no longer pinned. */
  record MessageUnpinned(long message) implements ConversationEvent {
    @Override
    public EventType type() {
      return EventType.MESSAGE_UNPINNED;
    }
  }
}
