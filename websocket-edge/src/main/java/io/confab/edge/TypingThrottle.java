package io.confab.edge;

import io.confab.edge.presence.TypingSettings;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which typing of one session is passed on: of each conversation at most one sign of typing, and
 * one that it is over, within the interval; at most eight conversations at a time. For one thread.
 */
final class TypingThrottle {
  private static final int CONVERSATIONS = 8;

  private final long intervalMillis;
  private final long shownMillis;
  private final Map<String, Passed> passed = new LinkedHashMap<>();

  /**
   * @param atMillis when the last sign of typing was passed on
   * @param typing whether none followed that it was over
   */
  private record Passed(long atMillis, boolean typing) {}

  TypingThrottle(TypingSettings settings) {
    intervalMillis = settings.atMostEvery().toMillis();
    shownMillis = settings.shownFor().toMillis();
  }

  /** Whether to pass it on; counts it where so. */
  boolean pass(String conversation, boolean typing, long nowMillis) {
    long kept = Math.max(intervalMillis, shownMillis);
    passed.values().removeIf(past -> nowMillis - past.atMillis() >= kept);
    Passed last = passed.get(conversation);
    if (!typing) {
      if (last == null || !last.typing()) {
        return false;
      }
      passed.put(conversation, new Passed(last.atMillis(), false));
      return true;
    }
    if (last == null
        ? passed.size() >= CONVERSATIONS
        : nowMillis - last.atMillis() < intervalMillis) {
      return false;
    }
    passed.put(conversation, new Passed(nowMillis, true));
    return true;
  }
}
