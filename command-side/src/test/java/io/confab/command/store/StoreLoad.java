package io.confab.command.store;

import io.confab.events.EventEnvelope;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.axonframework.eventhandling.DomainEventMessage;
import org.springframework.util.FileSystemUtils;

/**
 * Measures the engine alone: a number of callers, each of which appends one event, waits until it
 * is durable, and goes on. Arguments: a directory to make the store in, callers, conversations,
 * seconds. Prints appends per second, CPU per append and latencies, after as many seconds of
 * warm-up.
 */
final class StoreLoad {
  private static final String BODY = "x".repeat(100);

  private final RocksDbEventStorageEngine engine;
  private final BlockingQueue<Integer> free;
  private final long[] started;
  private final long[] next;
  private final long[] latencies = new long[5_000_000];
  private int measured;

  private StoreLoad(RocksDbEventStorageEngine engine, int callers, int conversations) {
    this.engine = engine;
    this.free = new ArrayBlockingQueue<>(callers);
    this.started = new long[callers];
    this.next = new long[conversations];
    for (int caller = 0; caller < callers; caller++) {
      free.add(caller);
    }
  }

  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createTempDirectory(Path.of(arguments[0]), "store-load");
    int callers = Integer.parseInt(arguments[1]);
    int conversations = Integer.parseInt(arguments[2]);
    int seconds = Integer.parseInt(arguments[3]);
    try (RocksDbEventStorageEngine engine =
        RocksDbEventStorageEngine.open(
            directory, Conversations.serializer(), StoreSettings.DEFAULT)) {
      StoreLoad load = new StoreLoad(engine, callers, conversations);
      load.run(seconds);
      load.measured = 0;
      long cpu = cpuNanos();
      long start = System.nanoTime();
      load.run(seconds);
      load.report(System.nanoTime() - start, cpuNanos() - cpu);
    } finally {
      FileSystemUtils.deleteRecursively(directory);
    }
  }

  private void run(int seconds) throws InterruptedException {
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    for (int i = 0; System.nanoTime() < end; i = (i + 1) % next.length) {
      int caller = free.take();
      String conversation = "c-" + i;
      DomainEventMessage<EventEnvelope> event =
          Conversations.message(conversation, next[i]++, BODY);
      started[caller] = System.nanoTime();
      engine
          .enqueue(List.of(event), engine.epoch())
          .whenComplete(
              (done, failure) -> {
                if (failure != null) {
                  failure.printStackTrace();
                }
                latencies[measured++] = System.nanoTime() - started[caller];
                free.add(caller);
              });
    }
  }

  private void report(long nanos, long cpuNanos) throws IOException {
    long[] sorted = Arrays.copyOf(latencies, measured);
    Arrays.sort(sorted);
    System.out.printf(
        "%,d appends/s, %.1f us CPU each, p50 %.2f ms, p99 %.2f ms%n",
        measured * 1_000_000_000L / nanos,
        cpuNanos / 1e3 / measured,
        sorted[measured / 2] / 1e6,
        sorted[(int) (measured * 0.99)] / 1e6);
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
