package io.confab.views;

import io.confab.views.ViewReader.View;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keys and rows of {@link View#HISTORY}; the layout is in the package's documentation. */
final class HistoryRows {
  private HistoryRows() {}

  static byte[] applied(String conversation) {
    return Key.in('a', conversation).bytes();
  }

  static byte[] main(String conversation) {
    return Key.in('m', conversation).bytes();
  }

  static byte[] main(String conversation, long sequence) {
    return Key.in('m', conversation).sequence(sequence).bytes();
  }

  static byte[] thread(String conversation, long root) {
    return Key.in('r', conversation).sequence(root).bytes();
  }

  static byte[] reply(String conversation, long root, long sequence) {
    return Key.in('r', conversation).sequence(root).sequence(sequence).bytes();
  }

  static byte[] rootOf(String conversation, long reply) {
    return Key.in('i', conversation).sequence(reply).bytes();
  }

  static byte[] reactions(String conversation, long message) {
    return Key.in('e', conversation).sequence(message).bytes();
  }

  static byte[] reaction(String conversation, long message, String emoji, String user) {
    return Key.in('e', conversation).sequence(message).text(emoji).last(user).bytes();
  }

  static byte[] reactionsOf(String conversation, long message, String user) {
    return Key.in('u', conversation).sequence(message).text(user).bytes();
  }

  static byte[] reactionOf(String conversation, long message, String user, String emoji) {
    return Key.in('u', conversation).sequence(message).text(user).last(emoji).bytes();
  }

  static byte[] number(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  static long number(byte[] stored) {
    return ByteBuffer.wrap(stored).getLong();
  }

  static long readApplied(Family family, String conversation) {
    byte[] stored = family.get(applied(conversation));
    return stored == null ? -1 : number(stored);
  }

  /** A message or a reply, wherever it stands. */
  static @Nullable MessageDocument read(Family family, String conversation, long sequence) {
    byte[] stored = family.get(main(conversation, sequence));
    if (stored == null) {
      byte[] root = family.get(rootOf(conversation, sequence));
      stored = root == null ? null : family.get(reply(conversation, number(root), sequence));
    }
    return stored == null ? null : new MessageDocument(stored);
  }

  static List<ReactionView> readReactions(Family family, String conversation, long message) {
    byte[] prefix = reactions(conversation, message);
    return family.ascending(
        prefix,
        prefix,
        Integer.MAX_VALUE,
        (key, value) -> {
          String emoji = Key.text(key, prefix.length);
          String user = Key.tail(key, Key.behindText(key, prefix.length));
          return new ReactionView(emoji, user, Instant.ofEpochMilli(number(value)));
        });
  }
}
