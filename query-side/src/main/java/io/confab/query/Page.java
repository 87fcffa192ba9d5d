package io.confab.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list.
 *
 * @param <C> what is known about the list around it
 */
record Page<T, C>(List<T> items, C page) {

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
   * What a page of members shows: those at {@code head} or later.
   *
   * @param after the cursor for the next page; null where there is none
   */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record MemberCursor(long head, @Nullable String after) {}

  /**
   * @param after the cursor for the next page of an inbox; null where there is none
   */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record InboxCursor(@Nullable String after) {}
}
