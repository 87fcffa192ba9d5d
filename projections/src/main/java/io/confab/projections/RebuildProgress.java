package io.confab.projections;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * How far a rebuild is.
 *
 * @param position of the last event in the new generation; -1 where none is
 * @param head of the log now
 * @param percent of the log that is in the new generation
 */
public record RebuildProgress(String name, State state, long position, long head, double percent) {

  /** The wire name is the lower-case name. */
  public enum State {
    /** The old generation is live, the new one is being filled. */
    RUNNING,
    /** The new generation is live. */
    DONE,
    /** Ended before it was done; the old generation is live. */
    STOPPED;

    @JsonValue
    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static RebuildProgress of(String name, State state, long position, long head) {
    double percent = head <= position ? 100 : 100.0 * (position + 1) / (head + 1);
    return new RebuildProgress(name, state, position, head, percent);
  }
}
