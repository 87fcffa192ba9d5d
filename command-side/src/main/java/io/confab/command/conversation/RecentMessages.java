package io.confab.command.conversation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The last {@value #CAPACITY} messages and replies of a conversation, in the order of their
 * sequences. Adding takes constant time; finding one by sequence a binary search.
 */
final class RecentMessages {
  static final int CAPACITY = 4_096;

  private final Map<SendKey, SentMessage> byClientMessageId = new HashMap<>();
  private SentMessage[] ring = new SentMessage[16];
  private int oldest;
  private int size;
  private boolean dropped;

  private record SendKey(String sender, String clientMessageId) {}

  void add(SentMessage message) {
    if (size == CAPACITY) {
      forget(ring[oldest]);
      ring[oldest] = message;
      oldest = (oldest + 1) % CAPACITY;
      dropped = true;
    } else {
      if (size == ring.length) {
        grow();
      }
      ring[size++] = message;
    }
    String clientMessageId = message.clientMessageId();
    if (clientMessageId != null) {
      byClientMessageId.put(new SendKey(message.sender(), clientMessageId), message);
    }
  }

  /** The ring only wraps once it has reached its capacity, so until then it starts at 0. */
  private void grow() {
    SentMessage[] grown = new SentMessage[Math.min(CAPACITY, 2 * size)];
    System.arraycopy(ring, 0, grown, 0, size);
    ring = grown;
  }

  private void forget(SentMessage message) {
    String clientMessageId = message.clientMessageId();
    if (clientMessageId != null) {
      byClientMessageId.remove(new SendKey(message.sender(), clientMessageId));
    }
  }

  /** The message that this sender sent with that id, or null where it is none of the last. */
  @Nullable SentMessage sent(String sender, String clientMessageId) {
    return byClientMessageId.get(new SendKey(sender, clientMessageId));
  }

  /** The message of that sequence, or null where it is none of the last. */
  @Nullable SentMessage find(long sequence) {
    int index = indexOf(sequence);
    return index < 0 ? null : ring[index];
  }

  /** Whether the message of that sequence, where there is one, would be found here. */
  boolean covers(long sequence) {
    return !dropped || sequence >= floor();
  }

  /** Notes that a message has another body, where it is one of the last. */
  void edited(long sequence, long fingerprint) {
    int index = indexOf(sequence);
    if (index >= 0) {
      ring[index] = ring[index].withBody(fingerprint);
    }
  }

  private int indexOf(long sequence) {
    int low = 0;
    int high = size - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int index = (oldest + middle) % ring.length;
      long found = ring[index].sequence();
      if (found == sequence) {
        return index;
      }
      if (found < sequence) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  int size() {
    return size;
  }

  /** The sequence below which messages were dropped; only where there were more than these. */
  long floor() {
    return ring[oldest].sequence();
  }

  /** Whether there were more than these. */
  boolean dropped() {
    return dropped;
  }

  /** The messages, oldest first. */
  List<SentMessage> toList() {
    List<SentMessage> list = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      list.add(ring[(oldest + i) % ring.length]);
    }
    return list;
  }

  static RecentMessages of(List<SentMessage> messages, boolean dropped) {
    RecentMessages recent = new RecentMessages();
    messages.forEach(recent::add);
    recent.dropped = dropped;
    return recent;
  }
}
