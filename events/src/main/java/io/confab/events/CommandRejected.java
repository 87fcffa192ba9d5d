package io.confab.events;

import org.jspecify.annotations.Nullable;

/**
 * A named refusal: nothing was changed. Says what was wrong, with which value, and which limit or
 * expectation stood against it. Has no stack trace, because it is an answer and not a fault.
 */
public final class CommandRejected extends RuntimeException {
  private static final int LONGEST_VALUE = 200;

  private final RejectionCode code;
  private final @Nullable String value;
  private final @Nullable String limit;

  /**
   * @param detail one sentence for a person
   * @param value what was sent; cut after 200 characters
   * @param limit what would have been accepted
   */
  public CommandRejected(
      RejectionCode code, String detail, @Nullable Object value, @Nullable Object limit) {
    super(detail, null, false, false);
    this.code = code;
    this.value = value == null ? null : cut(value.toString());
    this.limit = limit == null ? null : limit.toString();
  }

  public RejectionCode code() {
    return code;
  }

  /** What was sent, or null where nothing can be shown. */
  public @Nullable String value() {
    return value;
  }

  /** What would have been accepted, or null where there is no such bound. */
  public @Nullable String limit() {
    return limit;
  }

  private static String cut(String value) {
    return value.length() <= LONGEST_VALUE ? value : value.substring(0, LONGEST_VALUE) + "…";
  }
}
