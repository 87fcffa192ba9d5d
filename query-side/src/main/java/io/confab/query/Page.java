package io.confab.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list. Every list gives {@code head}, {@code from}, {@code to}, {@code before} and
 * {@code after}.
 *
 * @param <C> what is known about the list around it
 */
record Page<T, C>(List<T> items, C page) {
  /** How many items a page of any list may be asked for. */
  static final int MAX_LIMIT = 1000;

  /**
   * About how many bytes of messages or events a page holds at most: it ends behind the item with
   * which it reaches this size, and its cursors say so.
   */
  static final int MAX_BYTES = 1 << 20;

  /**
   * What a page of a list ordered by sequence covers: each item of the list from {@code from} to
   * {@code to}, as of {@code head} or later, is in it; a page that covers nothing has {@code from =
   * to + 1}.
   *
   * @param head of the conversation: everything up to it had been applied when the page was read
   * @param from 0 where nothing of the list is before the page
   * @param to {@code head} where nothing of the list is behind the page, up to {@code head}
   * @param before the cursor for the page before this one; null where {@code from} is 0
   * @param after the cursor for the page behind this one; null where {@code to} is {@code head}
   */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Window(long head, long from, long to, @Nullable Long before, @Nullable Long after) {
    static Window of(long head, long from, long to) {
      return new Window(head, from, to, from > 0 ? from : null, to < head ? to : null);
    }

    /** Of a list that is only read forwards. */
    static Window forward(long head, long from, long to) {
      return new Window(head, from, to, null, to < head ? to : null);
    }
  }

  /**
   * The cursor of a page of a list that is not ordered by sequence, and is only read forwards. It
   * has the same fields as a {@link Window}; what means nothing here is null.
   *
   * @param head of the conversation whose members these are, as at the page or later; null for an
   *     inbox
   * @param from null
   * @param to null
   * @param before null
   * @param after the cursor for the next page; null where there is none
   */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record ForwardCursor(
      @Nullable Long head,
      @Nullable Long from,
      @Nullable Long to,
      @Nullable String before,
      @Nullable String after) {
    static ForwardCursor members(long head, @Nullable String after) {
      return new ForwardCursor(head, null, null, null, after);
    }

    static ForwardCursor inbox(@Nullable String after) {
      return new ForwardCursor(null, null, null, null, after);
    }
  }
}
