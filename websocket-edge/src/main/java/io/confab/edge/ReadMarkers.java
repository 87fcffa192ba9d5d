package io.confab.edge;

/** How far each user has read. Safe for use by many threads. */
public interface ReadMarkers {

  /**
   * Moves the marker of {@code user} forward to {@code upTo}, never back.
   *
   * @return where the marker stands now, durably: {@code upTo}, or further
   * @throws io.confab.events.CommandRejected {@code not-a-member}, or {@code invalid-value} where
   *     {@code upTo} is beyond the conversation's head
   */
  long advance(String conversation, String user, long upTo);
}
