package io.confab.standalone.replay;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Says how far a replay is: a bar that moves on a terminal, and elsewhere a line now and then. */
final class Progress {
  private static final long REDRAW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int WIDTH = 24;
  private static final String ERASE = "\r\u001b[K";

  private final PrintStream err;
  private final boolean terminal;
  private final String unit;
  private final LongSupplier nanos;
  private final long first;
  private final long from;
  private final long end;
  private final long start;
  private long saidAt;

  /**
   * @param unit what is counted, in the plural
   * @param first the index with which the whole replay begins
   * @param from the index with which this run of it begins
   * @param end the index behind the last
   * @param nanos a clock that only goes forward
   */
  Progress(
      PrintStream err,
      boolean terminal,
      String unit,
      long first,
      long from,
      long end,
      LongSupplier nanos) {
    this.err = err;
    this.terminal = terminal;
    this.unit = unit;
    this.first = first;
    this.from = from;
    this.end = end;
    this.nanos = nanos;
    this.start = nanos.getAsLong();
    this.saidAt = start;
  }

  /** Notes that the log was read up to {@code next}, and says so where it is time to. */
  void at(long next, long lines) {
    at(next, String.format(Locale.ROOT, ", %,d lines", lines));
  }

  /** The same, where no lines come of it. */
  void at(long next) {
    at(next, "");
  }

  private void at(long next, String lines) {
    long now = nanos.getAsLong();
    if (now - saidAt < (terminal ? REDRAW_NANOS : LINE_NANOS)) {
      return;
    }
    saidAt = now;
    String state = state(next, lines, Math.max(1, now - start));
    if (terminal) {
      err.print(ERASE + bar(next) + state);
    } else {
      err.println("confab: " + state.strip());
    }
    err.flush();
  }

  /** Leaves an empty line where the bar was. */
  void end() {
    if (terminal) {
      err.print(ERASE);
      err.flush();
    }
  }

  private double share(long next) {
    return end <= first ? 1 : (double) (next - first) / (end - first);
  }

  private String bar(long next) {
    int done = (int) (share(next) * WIDTH);
    return "[" + "#".repeat(done) + "-".repeat(WIDTH - done) + "]";
  }

  private String state(long next, String lines, long elapsed) {
    double perSecond = (next - from) * 1e9 / elapsed;
    String left =
        perSecond == 0 ? "" : String.format(Locale.ROOT, ", %.0f s left", (end - next) / perSecond);
    return String.format(
        Locale.ROOT,
        "%4d %% of %,d %s%s%s",
        (int) (share(next) * 100),
        end - first,
        unit,
        lines,
        left);
  }
}
