package io.confab.query;

import io.confab.views.ReadMarker;

/** Keeps how far users have read. Safe for use by many threads. */
@FunctionalInterface
public interface ReadMarkers {

  /**
   * Moves the user's marker to {@code marker}, or leaves it where it is already there or further:
   * of two that race, the further one stands.
   *
   * @return the marker as it is now, durable
   */
  ReadMarker advance(String conversation, String user, ReadMarker marker);
}
