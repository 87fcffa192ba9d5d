package io.confab.command.store;

import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.ConversationEvent.ReplySent;
import io.confab.events.EventEnvelope;
import io.confab.events.MessageContent;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The key under which the family {@code sends} holds a send; the package tells its layout. */
final class SendKey {
  private SendKey() {}

  /** The key of the send that is in the envelope; null where none is, or it has no client's id. */
  static byte @Nullable [] of(EventEnvelope envelope) {
    MessageContent content = content(envelope);
    String clientMessageId = content == null ? null : content.clientMessageId();
    return clientMessageId == null
        ? null
        : of(envelope.conversation(), envelope.by(), clientMessageId);
  }

  static byte[] of(String conversation, String sender, String clientMessageId) {
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

  private static @Nullable MessageContent content(EventEnvelope envelope) {
    return switch (envelope.type()) {
      case MESSAGE_SENT -> ((MessageSent) envelope.event()).content();
      case REPLY_SENT -> ((ReplySent) envelope.event()).content();
      case CONVERSATION_STARTED,
          CONVERSATION_RENAMED,
          MEMBERS_ADDED,
          MEMBER_REMOVED,
          MEMBER_ROLE_CHANGED,
          MESSAGE_EDITED,
          MESSAGE_DELETED,
          REACTION_ADDED,
          REACTION_REMOVED,
          MESSAGE_PINNED,
          MESSAGE_UNPINNED ->
          null;
    };
  }
}
