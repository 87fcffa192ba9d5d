package io.confab.command.bus;

import static io.confab.command.bus.Commands.message;
import static io.confab.command.bus.Commands.start;

import com.sun.management.OperatingSystemMXBean;
import io.confab.command.store.DurableEventStorageEngine;
import io.confab.command.store.EnvelopeSerializer;
import io.confab.command.store.RocksDbEventStorageEngine;
import io.confab.command.store.StoreSettings;
import io.confab.events.Limits;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import org.axonframework.serialization.xml.XStreamSerializer;

/**
 * Measures durable sends: {@code memory|rocksdb [seconds]}. 64 callers, each waiting for its answer
 * before it sends the next, to 1,000 conversations and to one.
 */
final class CommandRuntimeMeasure {
  private static final int CALLERS = 64;

  private CommandRuntimeMeasure() {}

  public static void main(String[] arguments) throws Exception {
    boolean memory = arguments[0].equals("memory");
    int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10;
    Path directory = Files.createTempDirectory("confab-measure");
    DurableEventStorageEngine engine =
        memory
            ? new FaultyEngine().atOnce()
            : RocksDbEventStorageEngine.open(
                directory,
                new EnvelopeSerializer(XStreamSerializer.defaultSerializer()),
                StoreSettings.DEFAULT);
    CommandSettings settings =
        new CommandSettings(0, 4096, Duration.ofSeconds(10), 0, Integer.MAX_VALUE);
    try (CommandRuntime runtime =
        CommandRuntime.start(
            TestConversation.class,
            engine,
            settings,
            new SimpleMeterRegistry(),
            Limits.DEFAULT,
            new Gate())) {
      for (int i = 0; i < 1000; i++) {
        runtime.send(start("c" + i)).join();
      }
      measure(runtime, "warm-up", 1000, seconds / 2);
      measure(runtime, "1,000 conversations", 1000, seconds);
      measure(runtime, "one conversation", 1, seconds);
    }
    if (engine instanceof AutoCloseable closeable) {
      closeable.close();
    }
    delete(directory);
    System.exit(0);
  }

  private static void measure(CommandRuntime runtime, String what, int conversations, int seconds)
      throws InterruptedException {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long[][] latencies = new long[CALLERS][];
    List<Thread> threads = new ArrayList<>();
    long cpu = system.getProcessCpuTime();
    long begin = System.nanoTime();
    long end = begin + seconds * 1_000_000_000L;
    for (int caller = 0; caller < CALLERS; caller++) {
      int number = caller;
      Thread thread =
          new Thread(() -> latencies[number] = call(runtime, what + number, conversations, end));
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    double elapsed = (System.nanoTime() - begin) / 1e9;
    double cpuMicros = (system.getProcessCpuTime() - cpu) / 1e3;
    long[] all = Arrays.stream(latencies).flatMapToLong(Arrays::stream).sorted().toArray();
    System.out.printf(
        Locale.ROOT,
        "%-20s %,9.0f commands/s  %5.1f us CPU  p50 %6.2f ms  p99 %6.2f ms%n",
        what,
        all.length / elapsed,
        cpuMicros / all.length,
        all[all.length / 2] / 1e6,
        all[(int) (all.length * 0.99)] / 1e6);
  }

  private static long[] call(CommandRuntime runtime, String run, int conversations, long end) {
    long[] latencies = new long[1 << 16];
    int sent = 0;
    for (long now = System.nanoTime(); now < end; ) {
      String conversation = "c" + ThreadLocalRandom.current().nextInt(conversations);
      runtime.send(message(conversation, "alice", run + "-" + sent)).join();
      long then = System.nanoTime();
      if (sent == latencies.length) {
        latencies = Arrays.copyOf(latencies, 2 * sent);
      }
      latencies[sent++] = then - now;
      now = then;
    }
    return Arrays.copyOf(latencies, sent);
  }

  private static void delete(Path directory) throws IOException {
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }
}
