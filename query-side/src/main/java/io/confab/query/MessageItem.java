package io.confab.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.confab.events.Attachment;
import io.confab.events.EventJson;
import io.confab.views.MessageView;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message or a reply as one caller sees it. Ordinal, root and client message id are left out
 * where there is none; the other fields are always there.
 *
 * @param ordinal of a message of the main view
 * @param root of a reply: the sequence of its thread's first message
 * @param replyCount replies that are not deleted
 * @param lastReplyAt the time of the last reply, deleted or not, where replyCount is above 0
 */
record MessageItem(
    String conversation,
    long sequence,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long ordinal,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long root,
    String by,
    String at,
    String body,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String clientMessageId,
    List<String> mentions,
    List<Attachment> attachments,
    int replyCount,
    @Nullable String lastReplyAt,
    Map<String, Reaction> reactions,
    @Nullable String editedAt,
    boolean deleted,
    boolean pinned) {
  /** What the names and the short values of an item's fields take, in bytes. */
  private static final int FIELDS = 300;

  /**
   * @param count how many people reacted so
   * @param mine whether the caller is one of them
   */
  record Reaction(int count, boolean mine) {}

  /**
   * @param own the emoji with which the caller reacted
   */
  static MessageItem of(MessageView message, Collection<String> own) {
    Map<String, Reaction> reactions = new LinkedHashMap<>();
    message
        .reactions()
        .forEach((emoji, count) -> reactions.put(emoji, new Reaction(count, own.contains(emoji))));
    return new MessageItem(
        message.conversation(),
        message.sequence(),
        message.root() == null ? message.ordinal() : null,
        message.root(),
        message.by(),
        EventJson.format(message.at()),
        message.body(),
        message.clientMessageId(),
        message.mentions(),
        message.attachments(),
        message.replyCount(),
        time(message.lastReplyAt()),
        reactions,
        time(message.editedAt()),
        message.deleted(),
        message.pinned());
  }

  /** Roughly how many bytes the item takes as JSON. */
  static int size(MessageView message) {
    int size = FIELDS + size(message.body());
    for (String mention : message.mentions()) {
      size += size(mention);
    }
    for (Attachment file : message.attachments()) {
      size += FIELDS + size(file.name()) + size(file.mediaType()) + size(file.url());
    }
    return size + message.reactions().size() * FIELDS / 4;
  }

  private static int size(String text) {
    int size = 3; // quotes and comma
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ') {
        size += 6;
      } else if (c < 0x80) {
        size += c == '"' || c == '\\' ? 2 : 1;
      } else {
        size += c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
      }
    }
    return size;
  }

  private static @Nullable String time(@Nullable Instant instant) {
    return instant == null ? null : EventJson.format(instant);
  }
}
