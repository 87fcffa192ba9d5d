package io.confab.views;

/**
 * How far a user has read. Not derived from the log, and so not touched by a rebuild; what it says
 * of the log up to {@code upTo} never changes.
 *
 * @param upTo the last sequence read
 * @param ordinal how many messages of the main view have a sequence up to {@code upTo}
 * @param own how many of those are the user's own
 */
public record ReadMarker(long upTo, long ordinal, long own) {
  /** Nothing read. */
  public static final ReadMarker NONE = new ReadMarker(-1, 0, 0);
}
