package io.confab.bench;

import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.node.ObjectNode;

/**
 * One repetition in a child: how much was done in which time and with which CPU time of this
 * process, and how long each took.
 */
final class Round {
  static final long HIGHEST_NANOS = TimeUnit.MINUTES.toNanos(2);

  private static final com.sun.management.OperatingSystemMXBean SYSTEM =
      (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final long cpu = SYSTEM.getProcessCpuTime();
  private final long start = System.nanoTime();

  /** Starts the clocks. */
  Round() {}

  static Histogram histogram() {
    return new Histogram(HIGHEST_NANOS, 3);
  }

  /**
   * Stops the clocks.
   *
   * @param done how many things were done; the histogram's values may be of several each
   */
  ObjectNode end(long done, Histogram nanos) {
    ObjectNode result = Child.JSON.createObjectNode();
    result.put("done", done);
    result.put("nanos", System.nanoTime() - start);
    result.put("cpuNanos", SYSTEM.getProcessCpuTime() - cpu);
    result.put("p50", nanos.getValueAtPercentile(50) / 1e6);
    result.put("p99", nanos.getValueAtPercentile(99) / 1e6);
    result.put("p999", nanos.getValueAtPercentile(99.9) / 1e6);
    return result;
  }
}
