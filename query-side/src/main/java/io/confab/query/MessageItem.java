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
 * A message or a reply as one caller sees it. What there is none of is left out.
 *
 * @param ordinal of a message of the main view
 * @param root of a reply: the sequence of its thread's first message
 * @param replyCount replies that are not deleted
 * @param lastReplyAt the time of the last reply, deleted or not, where replyCount is above 0
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record MessageItem(
    String conversation,
    long sequence,
    @Nullable Long ordinal,
    @Nullable Long root,
    String by,
    String at,
    String body,
    @Nullable String clientMessageId,
    List<String> mentions,
    List<Attachment> attachments,
    int replyCount,
    @Nullable String lastReplyAt,
    Map<String, Reaction> reactions,
    @Nullable String editedAt,
    boolean deleted,
    boolean pinned) {

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

  private static @Nullable String time(@Nullable Instant instant) {
    return instant == null ? null : EventJson.format(instant);
  }
}
