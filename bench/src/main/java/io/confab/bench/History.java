package io.confab.bench;

import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EventEnvelope;
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.Role;
import io.confab.views.RocksDbViewStore;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** A page of history in a long conversation: the same wherever it lies. */
final class History {
  private static final String TIME = "µs/page";
  private static final int BATCH = 1_000;
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private History() {}

  static Report run(Settings settings) throws Exception {
    Report report = new Report("history", settings.quick());
    int messages = settings.quick() ? 20_000 : 1_000_000;
    Path directory = TemporaryDirectory.create("history");
    long start = System.nanoTime();
    load(directory, messages);
    double seconds = (System.nanoTime() - start) / 1e9;
    String scenario = String.format("%,d messages, pages of %d", messages, HistoryPages.PAGE);
    report.setting("harness", "JMH, a JVM for each page, one thread");
    report.setting(
        "loading",
        String.format("%,.0f events/s through the projection's fold", messages / seconds));
    for (RunResult result : measure(settings, directory, messages)) {
      BenchmarkParams params = result.getParams();
      for (IterationResult iteration : result.getAggregatedResult().getIterationResults()) {
        report.sample(
            scenario,
            params.getParam("page"),
            Map.of(TIME, iteration.getPrimaryResult().getScore()));
      }
    }
    double newest = report.figure(scenario, "newest", TIME).median();
    double middle = report.figure(scenario, "middle", TIME).median();
    double oldest = report.figure(scenario, "oldest", TIME).median();
    report.atMost(
        "slowest of newest, middle and oldest / fastest",
        DoubleStream.of(newest, middle, oldest).max().orElseThrow()
            / DoubleStream.of(newest, middle, oldest).min().orElseThrow(),
        2);
    report.ratio(
        "a page anywhere / the newest",
        report.figure(scenario, "anywhere", TIME).median() / newest);
    return report;
  }

  private static Iterable<RunResult> measure(Settings settings, Path directory, int messages)
      throws RunnerException {
    int seconds = settings.quick() ? 1 : 3;
    return new Runner(
            new OptionsBuilder()
                .include(HistoryPages.class.getName())
                .param("directory", directory.toString())
                .param("messages", String.valueOf(messages))
                .param("page", "newest", "middle", "oldest", "anywhere")
                .forks(1)
                .warmupIterations(settings.quick() ? 1 : 3)
                .warmupTime(TimeValue.seconds(seconds))
                .measurementIterations(settings.repetitions())
                .measurementTime(TimeValue.seconds(seconds))
                .output(settings.logs().resolve("history.log").toString())
                .jvmArgs("-Xmx2g")
                .build())
        .run();
  }

  /** Folds the events in as the projection does, in batches. */
  private static void load(Path directory, int messages) {
    try (RocksDbViewStore views = RocksDbViewStore.open(directory)) {
      ViewWriter writer = views.live(View.HISTORY);
      List<EventEnvelope> batch = new ArrayList<>();
      for (long sequence = 0; sequence <= messages; sequence++) {
        batch.add(
            new EventEnvelope(
                HistoryPages.CONVERSATION,
                sequence,
                START.plusSeconds(sequence),
                "member-" + sequence % 10,
                event(sequence)));
        if (batch.size() == BATCH || sequence == messages) {
          writer.apply(batch, sequence);
          batch.clear();
        }
      }
    }
  }

  private static ConversationEvent event(long sequence) {
    if (sequence == 0) {
      return new ConversationStarted(
          Kind.CHANNEL, "bench", List.of(new Member("member-0", Role.OWNER)));
    }
    return new MessageSent(
        sequence,
        MessageContent.of(
            "Message " + sequence + ": the build is green again; have a look at the notes.",
            "m-" + sequence));
  }
}
