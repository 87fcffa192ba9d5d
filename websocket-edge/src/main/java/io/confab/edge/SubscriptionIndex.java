package io.confab.edge;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who is to be given what: conversation to cursors and to who sees typing, user to inboxes. Safe
 * for many threads.
 */
final class SubscriptionIndex {
  private static final Cursor[] NONE = {};

  private final Map<String, Cursors> conversations = new ConcurrentHashMap<>();
  private final Map<String, Set<Inbox>> inboxes = new ConcurrentHashMap<>();
  private final Map<String, Set<TypingSubscription>> typing = new ConcurrentHashMap<>();
  private final ConversationFeed feed;

  /**
   * @param feed told when a conversation has its first cursor, before that can be found here, and
   *     when it has lost its last
   */
  SubscriptionIndex(ConversationFeed feed) {
    this.feed = feed;
  }

  /** Events offered from here on reach the cursor. */
  void add(Cursor cursor) {
    conversations.compute(
        cursor.conversation(),
        (conversation, cursors) -> {
          Cursors present = cursors;
          if (present == null) {
            feed.interest(conversation, true);
            present = new Cursors();
          }
          present.change(cursor, true);
          return present;
        });
  }

  void remove(Cursor cursor) {
    conversations.computeIfPresent(
        cursor.conversation(),
        (conversation, cursors) -> {
          if (cursors.change(cursor, false)) {
            return cursors;
          }
          feed.interest(conversation, false);
          return null;
        });
  }

  /** The cursors of a conversation, in the order they came; nobody may write to the array. */
  Cursor[] cursors(String conversation) {
    Cursors cursors = conversations.get(conversation);
    return cursors == null ? NONE : cursors.snapshot();
  }

  void add(String user, Inbox inbox) {
    add(inboxes, user, inbox);
  }

  void remove(String user, Inbox inbox) {
    remove(inboxes, user, inbox);
  }

  void add(TypingSubscription subscription) {
    add(typing, subscription.conversation(), subscription);
  }

  void remove(TypingSubscription subscription) {
    remove(typing, subscription.conversation(), subscription);
  }

  /** Who sees typing in the conversation. */
  Set<TypingSubscription> typing(String conversation) {
    return typing.getOrDefault(conversation, Set.of());
  }

  private static <T> void add(Map<String, Set<T>> map, String key, T value) {
    map.compute(
        key,
        (same, present) -> {
          Set<T> set = present == null ? ConcurrentHashMap.newKeySet() : present;
          set.add(value);
          return set;
        });
  }

  private static <T> void remove(Map<String, Set<T>> map, String key, T value) {
    map.computeIfPresent(
        key,
        (same, present) -> {
          present.remove(value);
          return present.isEmpty() ? null : present;
        });
  }

  Set<Inbox> inboxes(String user) {
    return inboxes.getOrDefault(user, Set.of());
  }

  boolean hasInboxes() {
    return !inboxes.isEmpty();
  }

  /** Ends every session that is to be given something. */
  void failAll() {
    for (Cursors cursors : conversations.values()) {
      for (Cursor cursor : cursors.snapshot()) {
        cursor.fail();
      }
    }
    failInboxes();
  }

  /** Ends every session that has an inbox. */
  void failInboxes() {
    inboxes.values().forEach(set -> set.forEach(Inbox::fail));
  }

  private static final class Cursors {
    private final Set<Cursor> all = new LinkedHashSet<>();
    private Cursor @Nullable [] snapshot;

    /** Whether any are left. */
    synchronized boolean change(Cursor cursor, boolean present) {
      boolean changed = present ? all.add(cursor) : all.remove(cursor);
      if (changed) {
        snapshot = null;
      }
      return !all.isEmpty();
    }

    synchronized Cursor[] snapshot() {
      Cursor[] cursors = snapshot;
      if (cursors == null) {
        cursors = all.toArray(NONE);
        snapshot = cursors;
      }
      return cursors;
    }
  }
}
