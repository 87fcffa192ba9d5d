package io.confab.views;

import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EventEnvelope;
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.Role;
import io.confab.views.ViewReader.View;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Prints how long a page of 50 takes at the beginning, in the middle and at the end of a
 * conversation of a million messages, and how long the fold takes for each event.
 *
 * <p>Argument: the number of messages, default 1,000,000.
 */
public final class HistoryPageSpeed {
  private static final String C = "c-1";
  private static final int PAGE = 50;
  private static final int BATCH = 512;

  private HistoryPageSpeed() {}

  public static void main(String[] arguments) throws Exception {
    int messages = arguments.length == 0 ? 1_000_000 : Integer.parseInt(arguments[0]);
    Path directory = Files.createTempDirectory("history-page-speed");
    try (ViewStore views = RocksDbViewStore.open(directory)) {
      fill(views, messages);
      for (int round = 0; round < 3; round++) {
        System.out.println("round " + round);
        pages(views, "newest", messages + 1);
        pages(views, "middle", messages / 2);
        pages(views, "oldest", PAGE + 1);
      }
    } finally {
      ViewsModelTest.delete(directory);
    }
  }

  private static void fill(ViewStore views, int messages) {
    ThreadMXBean cpu = ManagementFactory.getThreadMXBean();
    long[] nanos = new long[View.values().length];
    List<EventEnvelope> batch = new ArrayList<>();
    for (int i = 0; i <= messages; i++) {
      batch.add(event(i));
      if (batch.size() == BATCH || i == messages) {
        for (View view : View.values()) {
          long start = cpu.getCurrentThreadCpuTime();
          views.live(view).apply(batch, i);
          nanos[view.ordinal()] += cpu.getCurrentThreadCpuTime() - start;
        }
        batch.clear();
      }
    }
    for (View view : View.values()) {
      System.out.printf(
          "fold %-14s %.2f µs of CPU per event%n", view, nanos[view.ordinal()] / 1e3 / messages);
    }
  }

  private static EventEnvelope event(int sequence) {
    Instant at = Instant.ofEpochMilli(1_800_000_000_000L + sequence);
    return sequence == 0
        ? new EventEnvelope(
            C,
            0,
            at,
            "u0",
            new ConversationStarted(Kind.CHANNEL, "speed", List.of(new Member("u0", Role.OWNER))))
        : new EventEnvelope(
            C,
            sequence,
            at,
            "u0",
            new MessageSent(
                sequence, MessageContent.of("message " + sequence + " " + "x".repeat(100))));
  }

  /** Pages near one another, so that not one block of the disk alone is measured. */
  private static void pages(ViewStore views, String which, long before) {
    Random random = new Random(1);
    long[] nanos = new long[2_000];
    for (int i = 0; i < nanos.length; i++) {
      long from = Math.max(PAGE + 1, before - random.nextInt(5_000));
      long start = System.nanoTime();
      int size = views.messagesBefore(C, from, PAGE).size();
      nanos[i] = System.nanoTime() - start;
      if (size != PAGE) {
        throw new IllegalStateException("page of " + size);
      }
    }
    Arrays.sort(nanos);
    System.out.printf(
        "page of %d, %s: p50 %.0f µs, p99 %.0f µs%n",
        PAGE, which, nanos[nanos.length / 2] / 1e3, nanos[nanos.length * 99 / 100] / 1e3);
  }
}
