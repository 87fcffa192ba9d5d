package io.confab.bench;

import java.util.Locale;

/**
 * The time at which something was sent, within its text: 19 digits behind a character that nothing
 * else in a frame holds. Of the machine's monotonic clock, so the same for all processes on it.
 */
final class TimeMark {
  private static final byte MARK = '#';
  private static final int DIGITS = 19;

  private TimeMark() {}

  static String now() {
    return (char) MARK + String.format(Locale.ROOT, "%019d", System.nanoTime());
  }

  /** The time in nanoseconds in that part of the bytes, or -1 where it holds none. */
  static long find(byte[] bytes, int start, int length) {
    int end = start + length - DIGITS;
    for (int i = start; i < end; i++) {
      if (bytes[i] == MARK) {
        long nanos = 0;
        for (int digit = i + 1; digit <= i + DIGITS; digit++) {
          nanos = 10 * nanos + bytes[digit] - '0';
        }
        return nanos;
      }
    }
    return -1;
  }
}
