package io.confab.command.conversation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What happened to single messages: which are tombstones, which are pinned, who reacted with what.
 * Exact, and bounded: a message with marks counts one entry and one more for each reaction, and
 * where there are more than the bound, the oldest messages' marks are dropped.
 *
 * <p>Of every message above the {@linkplain #floor() floor}, the greatest that was ever dropped,
 * all marks are here, and one without marks has none. Of the others nothing is known until their
 * marks are {@linkplain #recall recalled} from the log. Recalled ones are kept while there is room,
 * are the first to be dropped, and so change nothing in what is known of the rest: the state after
 * a replay knows the same.
 */
final class MessageMarks {
  static final int BOUND = 65_536;

  private final TreeMap<Long, Mark> marks = new TreeMap<>();
  private final int bound;
  private long floor;
  private int entries;

  /** The marks of one message; {@code reactions} are the users by emoji. */
  private static final class Mark {
    boolean deleted;
    boolean pinned;
    final Map<String, Set<String>> reactions = new LinkedHashMap<>();
    int reactors;

    boolean isBlank() {
      return !deleted && !pinned && reactors == 0;
    }

    int entries() {
      return 1 + reactors;
    }
  }

  /** One message's marks in a snapshot. */
  record Entry(
      long message,
      boolean deleted,
      boolean pinned,
      Map<String, ? extends Set<String>> reactions) {}

  MessageMarks(int bound) {
    this(bound, -1);
  }

  private MessageMarks(int bound, long floor) {
    this.bound = bound;
    this.floor = floor;
  }

  boolean knows(long message) {
    return message > floor || marks.containsKey(message);
  }

  boolean deleted(long message) {
    Mark mark = marks.get(message);
    return mark != null && mark.deleted;
  }

  boolean pinned(long message) {
    Mark mark = marks.get(message);
    return mark != null && mark.pinned;
  }

  boolean reacted(long message, String user, String emoji) {
    Mark mark = marks.get(message);
    return mark != null && mark.reactions.getOrDefault(emoji, Set.of()).contains(user);
  }

  /** A tombstone has neither pin nor reactions. */
  void delete(long message) {
    change(
        message,
        mark -> {
          mark.deleted = true;
          mark.pinned = false;
          mark.reactions.clear();
          mark.reactors = 0;
        });
  }

  void pin(long message) {
    change(message, mark -> mark.pinned = true);
  }

  void unpin(long message) {
    change(message, mark -> mark.pinned = false);
  }

  void react(long message, String user, String emoji) {
    change(
        message,
        mark -> {
          if (mark.reactions.computeIfAbsent(emoji, none -> new LinkedHashSet<>(2)).add(user)) {
            mark.reactors++;
          }
        });
  }

  void takeBack(long message, String user, String emoji) {
    change(
        message,
        mark -> {
          Set<String> users = mark.reactions.get(emoji);
          if (users != null && users.remove(user)) {
            mark.reactors--;
            if (users.isEmpty()) {
              mark.reactions.remove(emoji);
            }
          }
        });
  }

  /** Of a message that is not known, a single change says too little: the log has them all. */
  private void change(long message, Consumer<Mark> change) {
    if (!knows(message)) {
      return;
    }
    Mark mark = marks.get(message);
    if (mark == null) {
      mark = put(message);
    }
    int before = mark.entries();
    change.accept(mark);
    entries += mark.entries() - before;
    if (mark.isBlank() && message > floor) {
      marks.remove(message);
      entries--;
    }
  }

  private Mark put(long message) {
    Mark mark = new Mark();
    marks.put(message, mark);
    entries++;
    return mark;
  }

  /**
   * Begins to know an old message: without marks, so the caller repeats its changes in order before
   * it {@linkplain #trim() trims}.
   *
   * @throws IllegalStateException where the message is known
   */
  void recall(long message) {
    if (knows(message)) {
      throw new IllegalStateException("the marks of message " + message + " are known");
    }
    put(message);
  }

  /** Drops the oldest messages' marks until there are no more than the bound. */
  void trim() {
    while (entries > bound) {
      Map.Entry<Long, Mark> oldest = marks.pollFirstEntry();
      entries -= oldest.getValue().entries();
      floor = Math.max(floor, oldest.getKey());
    }
  }

  /** The greatest message whose marks were dropped, or -1. */
  long floor() {
    return floor;
  }

  int entries() {
    return entries;
  }

  List<Entry> toList() {
    List<Entry> list = new ArrayList<>(marks.size());
    marks.forEach(
        (message, mark) -> list.add(new Entry(message, mark.deleted, mark.pinned, mark.reactions)));
    return list;
  }

  static MessageMarks of(int bound, long floor, List<Entry> list) {
    MessageMarks marks = new MessageMarks(bound, floor);
    for (Entry entry : list) {
      Mark mark = new Mark();
      mark.deleted = entry.deleted();
      mark.pinned = entry.pinned();
      entry
          .reactions()
          .forEach(
              (emoji, users) -> {
                mark.reactions.put(emoji, new LinkedHashSet<>(users));
                mark.reactors += users.size();
              });
      marks.marks.put(entry.message(), mark);
      marks.entries += mark.entries();
    }
    return marks;
  }
}
