package io.confab.command.conversation;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

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

  @JsonFormat(shape = JsonFormat.Shape.ARRAY)
  @JsonPropertyOrder({"user", "emoji"})
  record Reaction(String user, String emoji) {}

  /** The marks of one message. The reactions are changed in place: a message may have thousands. */
  private record Mark(boolean deleted, boolean pinned, Set<Reaction> reactions) {
    static Mark blank() {
      return new Mark(false, false, new LinkedHashSet<>(2));
    }

    boolean isBlank() {
      return !deleted && !pinned && reactions.isEmpty();
    }

    int entries() {
      return 1 + reactions.size();
    }
  }

  /** One message's marks in a snapshot. */
  record Entry(long message, boolean deleted, boolean pinned, List<Reaction> reactions) {}

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
    return mark != null && mark.reactions.contains(new Reaction(user, emoji));
  }

  /** A tombstone has neither pin nor reactions. */
  void delete(long message) {
    change(message, mark -> new Mark(true, false, Set.of()));
  }

  void pin(long message) {
    change(message, mark -> new Mark(mark.deleted, true, mark.reactions));
  }

  void unpin(long message) {
    change(message, mark -> new Mark(mark.deleted, false, mark.reactions));
  }

  void react(long message, String user, String emoji) {
    change(
        message,
        mark -> {
          mark.reactions.add(new Reaction(user, emoji));
          return mark;
        });
  }

  void takeBack(long message, String user, String emoji) {
    change(
        message,
        mark -> {
          mark.reactions.remove(new Reaction(user, emoji));
          return mark;
        });
  }

  /** Of a message that is not known, a single change says too little: the log has them all. */
  private void change(long message, UnaryOperator<Mark> change) {
    if (!knows(message)) {
      return;
    }
    Mark before = marks.get(message);
    entries -= before == null ? 0 : before.entries();
    Mark after = change.apply(before == null ? Mark.blank() : before);
    if (after.isBlank() && message > floor) {
      marks.remove(message);
    } else {
      marks.put(message, after);
      entries += after.entries();
    }
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
    marks.put(message, Mark.blank());
    entries++;
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
        (message, mark) ->
            list.add(new Entry(message, mark.deleted, mark.pinned, List.copyOf(mark.reactions))));
    return list;
  }

  static MessageMarks of(int bound, long floor, List<Entry> list) {
    MessageMarks marks = new MessageMarks(bound, floor);
    for (Entry entry : list) {
      Mark mark = new Mark(entry.deleted(), entry.pinned(), new LinkedHashSet<>(entry.reactions()));
      marks.marks.put(entry.message(), mark);
      marks.entries += mark.entries();
    }
    return marks;
  }
}
