package io.confab.events;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a person sends, the same for a message and a reply.
 *
 * @param clientMessageId the sender's own id: sending again with it adds nothing; null where none
 */
public record MessageContent(
    String body,
    @Nullable String clientMessageId,
    List<String> mentions,
    List<Attachment> attachments) {

  public MessageContent {
    mentions = List.copyOf(mentions);
    attachments = List.copyOf(attachments);
  }

  /** A body and nothing else. */
  public static MessageContent of(String body) {
    return new MessageContent(body, null, List.of(), List.of());
  }

  /** A body that is sent once, however often it is tried. */
  public static MessageContent of(String body, String clientMessageId) {
    return new MessageContent(body, clientMessageId, List.of(), List.of());
  }
}
