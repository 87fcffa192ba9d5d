package io.confab.command.store;

import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessagePinned;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.ConversationEvent.MessageUnpinned;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.ConversationEvent.ReactionRemoved;
import io.confab.events.ConversationEvent.ReplySent;
import io.confab.events.EventEnvelope;
import io.confab.events.MessageContent;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The key under which an event is found by what it is about; the package tells the layouts. An
 * event has one at most.
 */
@SuppressWarnings("ArrayRecordComponent") // moved, never compared
record IndexKey(Family family, byte[] key) {

  /** The column families of keys. */
  enum Family {
    SENDS,
    MARKS
  }

  /** The event's key, or null where it has none. */
  static @Nullable IndexKey of(EventEnvelope envelope) {
    return switch (envelope.type()) {
      case MESSAGE_SENT -> sent(envelope, ((MessageSent) envelope.event()).content());
      case REPLY_SENT -> sent(envelope, ((ReplySent) envelope.event()).content());
      case MESSAGE_DELETED -> marked(envelope, ((MessageDeleted) envelope.event()).message());
      case REACTION_ADDED -> marked(envelope, ((ReactionAdded) envelope.event()).message());
      case REACTION_REMOVED -> marked(envelope, ((ReactionRemoved) envelope.event()).message());
      case MESSAGE_PINNED -> marked(envelope, ((MessagePinned) envelope.event()).message());
      case MESSAGE_UNPINNED -> marked(envelope, ((MessageUnpinned) envelope.event()).message());
      case CONVERSATION_STARTED,
          CONVERSATION_RENAMED,
          MEMBERS_ADDED,
          MEMBER_REMOVED,
          MEMBER_ROLE_CHANGED,
          MESSAGE_EDITED ->
          null;
    };
  }

  private static @Nullable IndexKey sent(EventEnvelope envelope, MessageContent content) {
    String clientMessageId = content.clientMessageId();
    return clientMessageId == null
        ? null
        : new IndexKey(Family.SENDS, send(envelope.conversation(), envelope.by(), clientMessageId));
  }

  private static IndexKey marked(EventEnvelope envelope, long message) {
    return new IndexKey(Family.MARKS, mark(envelope.conversation(), message, envelope.sequence()));
  }

  /** The key of what was sent with that id. */
  static byte[] send(String conversation, String sender, String clientMessageId) {
    byte[] conversationName = EventDatabase.name(conversation);
    byte[] senderName = EventDatabase.name(sender);
    byte[] idName = EventDatabase.name(clientMessageId);
    return ByteBuffer.allocate(conversationName.length + 1 + senderName.length + 1 + idName.length)
        .put(conversationName)
        .put(EventDatabase.END_OF_NAME)
        .put(senderName)
        .put(EventDatabase.END_OF_NAME)
        .put(idName)
        .array();
  }

  /** The key of what was done to the message by the event at that sequence. */
  static byte[] mark(String conversation, long message, long sequence) {
    byte[] name = EventDatabase.name(conversation);
    return ByteBuffer.allocate(name.length + 1 + 2 * Long.BYTES)
        .put(name)
        .put(EventDatabase.END_OF_NAME)
        .putLong(message)
        .putLong(sequence)
        .array();
  }
}
