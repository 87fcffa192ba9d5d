package io.confab.edge;

import io.confab.events.EncodedEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The conversations that were delivered to many sessions just now, and what has come of them since:
 * it is kept for a pause and then goes out together, because a write to a socket costs about the
 * same for one frame as for ten. What comes after the pause goes at once.
 *
 * <p>The pause is ten times what the delivery took, at about 10 µs a write, so that the lone frames
 * of one conversation take a tenth of a core at most; and it has a bound. For one thread.
 */
final class HotConversations {
  /** Below this the writes are few, and nobody is made to wait. */
  static final int LEAST_SESSIONS = 100;

  private static final long PAUSE_NANOS_PER_SESSION = 100_000;

  /** At which a conversation's events go out before the pause is over. */
  private static final int KEPT_BYTES = 32 << 10;

  private final int leastSessions;
  private final long maxPauseNanos;
  private final Map<String, Kept> hot = new HashMap<>();
  private final PriorityQueue<Kept> byTime =
      new PriorityQueue<>((a, b) -> Long.signum(a.until - b.until));

  /** What has come of one conversation since it was delivered. */
  static final class Kept {
    private final String conversation;
    private final List<EncodedEvent> events = new ArrayList<>();
    private long until;
    private long arrived;
    private int bytes;

    private Kept(String conversation, long until) {
      this.conversation = conversation;
      this.until = until;
    }

    /** In their order; may be empty. */
    List<EncodedEvent> events() {
      return events;
    }

    /** When the first of the events came. */
    long arrived() {
      return arrived;
    }
  }

  /**
   * @param leastSessions of a conversation that can be hot
   * @param maxPause the bound of the pause; none is kept where it is 0
   */
  HotConversations(int leastSessions, Duration maxPause) {
    this.leastSessions = leastSessions;
    this.maxPauseNanos = maxPause.toNanos();
  }

  /** Keeps the event where its conversation is hot. */
  boolean keeps(EncodedEvent event, long arrived, long now) {
    Kept kept = hot.get(event.conversation());
    if (kept == null) {
      return false;
    }
    if (kept.events.isEmpty()) {
      kept.arrived = arrived;
    }
    kept.events.add(event);
    kept.bytes += event.envelope().length;
    if (kept.bytes >= KEPT_BYTES && kept.until - now > 0) {
      byTime.remove(kept);
      kept.until = now;
      byTime.add(kept);
    }
    return true;
  }

  /** Takes out the next conversation whose pause is over, or null where there is none. */
  @Nullable Kept due(long now) {
    Kept first = byTime.peek();
    if (first == null || first.until - now > 0) {
      return null;
    }
    byTime.remove();
    hot.remove(first.conversation);
    return first;
  }

  /** The conversation, which is not hot, was just delivered to that many sessions. */
  void delivered(String conversation, int sessions, long now) {
    if (sessions >= leastSessions && maxPauseNanos > 0) {
      long pause = Math.min(sessions * PAUSE_NANOS_PER_SESSION, maxPauseNanos);
      Kept kept = new Kept(conversation, now + pause);
      hot.put(conversation, kept);
      byTime.add(kept);
    }
  }

  /** For how long nothing is due; negative where something is, very long where nothing is hot. */
  long nanosToNext(long now) {
    Kept first = byTime.peek();
    return first == null ? Long.MAX_VALUE : first.until - now;
  }

  void clear() {
    hot.clear();
    byTime.clear();
  }
}
