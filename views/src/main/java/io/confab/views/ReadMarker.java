package io.confab.views;

/**
 * How far a user has read. Not derived from the log, and so not touched by a rebuild.
 *
 * @param upTo the last sequence read
 * @param ordinal how many messages of the main view have a sequence up to {@code upTo}
 */
public record ReadMarker(long upTo, long ordinal) {
  /** Nothing read. */
  public static final ReadMarker NONE = new ReadMarker(-1, 0);
}
