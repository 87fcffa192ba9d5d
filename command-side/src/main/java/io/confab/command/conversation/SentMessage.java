package io.confab.command.conversation;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import org.jspecify.annotations.Nullable;

/**
 * What the rules need of a message; not its body, only the body's fingerprint.
 *
 * @param at when it was sent, in milliseconds since 1970
 * @param root the sequence of the thread's first message, or {@link #NO_ROOT}
 * @param body the {@linkplain #fingerprint fingerprint} of the body as last edited
 */
@JsonFormat(shape = JsonFormat.Shape.ARRAY)
@JsonPropertyOrder({"sequence", "at", "sender", "clientMessageId", "root", "body"})
record SentMessage(
    long sequence, long at, String sender, @Nullable String clientMessageId, long root, long body) {

  /** The root of a message of the main view. */
  static final long NO_ROOT = -1;

  /** The thread that a reply to this message joins. */
  long thread() {
    return root == NO_ROOT ? sequence : root;
  }

  SentMessage withBody(long fingerprint) {
    return new SentMessage(sequence, at, sender, clientMessageId, root, fingerprint);
  }

  /**
   * 64 bits of the text (FNV-1a over its UTF-16 units): two bodies that a person writes differ in
   * it. Who makes two of their own collide on purpose only keeps their own edit from taking place.
   */
  static long fingerprint(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }
}
