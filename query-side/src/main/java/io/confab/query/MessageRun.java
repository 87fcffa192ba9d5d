package io.confab.query;

import io.confab.views.MessageView;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages in one direction, bounded in number and in size. Read a few at a time, so that a run of
 * long ones takes no more memory than one of short ones.
 *
 * @param more whether there are others behind them
 */
record MessageRun(List<MessageView> messages, boolean more) {
  private static final int CHUNK = 64;

  /** At most {@code limit} messages from {@code cursor}, itself not included; fewer at the end. */
  @FunctionalInterface
  interface Source {
    List<MessageView> read(long cursor, int limit);
  }

  /** Ends at {@code limit} messages, or behind the one with which they reach {@code bytes}. */
  static MessageRun read(long cursor, int limit, int bytes, Source source) {
    List<MessageView> messages = new ArrayList<>();
    long size = 0;
    long last = cursor;
    for (; ; ) {
      int asked = Math.min(limit - messages.size() + 1, CHUNK); // one more says whether there is
      List<MessageView> chunk = source.read(last, asked);
      for (MessageView message : chunk) {
        if (messages.size() == limit || size >= bytes) {
          return new MessageRun(messages, true);
        }
        messages.add(message);
        size += MessageItem.size(message);
        last = message.sequence();
      }
      if (chunk.size() < asked) {
        return new MessageRun(messages, false);
      }
    }
  }

  /** The sequence of the message that is furthest from the cursor; {@code none} where empty. */
  long last(long none) {
    return messages.isEmpty() ? none : messages.get(messages.size() - 1).sequence();
  }
}
