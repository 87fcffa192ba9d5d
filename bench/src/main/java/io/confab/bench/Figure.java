package io.confab.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the repetitions of one measurement gave. */
record Figure(double median, double min, double max) {

  static Figure of(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    sorted.sort(null);
    int middle = sorted.size() / 2;
    double median =
        sorted.size() % 2 == 1
            ? sorted.get(middle)
            : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    return new Figure(median, sorted.get(0), sorted.get(sorted.size() - 1));
  }

  /** {@code median (min–max)}, or the median alone where nothing varies. */
  @Override
  public String toString() {
    return min == max ? text(median) : text(median) + " (" + text(min) + "–" + text(max) + ")";
  }

  /** Three significant digits, and all digits before the point. */
  static String text(double value) {
    if (value >= 100 || value == 0) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    return String.format(Locale.ROOT, value >= 10 ? "%.1f" : value >= 0.1 ? "%.2f" : "%.4f", value);
  }
}
