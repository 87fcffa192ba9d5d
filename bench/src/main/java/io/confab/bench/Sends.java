package io.confab.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/**
 * Durable sends through the whole command path: Confab's runtime and embedded store, beside the
 * same aggregate on Axon's stock parts with PostgreSQL, beside the raw limit of the disk.
 */
final class Sends {
  static final String CONFAB = "Confab";
  static final String STOCK = "Axon stock, PostgreSQL";
  static final String RAW = "raw limit: RocksDB, 64 a batch";

  private static final String RATE = "commands/s";
  private static final String CPU = "CPU µs/command";

  private Sends() {}

  private record Scenario(String name, int conversations, double rateAim) {}

  /** A child to measure, and the CPU time of what works for it in other processes. */
  private record Subject(String name, Child child, Supplier<Duration> servers) {}

  static Report run(Settings settings) throws Exception {
    Report report = new Report("sends", settings.quick());
    Duration time = Duration.ofSeconds(settings.quick() ? 1 : 8);
    Duration warmUp = Duration.ofSeconds(settings.quick() ? 1 : 20);
    List<Scenario> scenarios =
        List.of(
            new Scenario("1,000 conversations", 1_000, 20_000),
            new Scenario("one hot conversation", 1, 15_000));
    report.setting("callers", Workload.CALLERS + ", each with one command in flight");
    report.setting("a caller", "Confab: a chain of callbacks; stock: a thread with a connection");
    report.setting("time", time.toSeconds() + " s a repetition after " + warmUp.toSeconds() + " s");
    report.setting("CPU", "of the process that sends and stores; stock: with PostgreSQL's");
    report.setting("latency of the raw limit", "of a batch");
    for (Scenario scenario : scenarios) {
      measure(settings, report, scenario, time, warmUp);
      compare(report, scenario);
    }
    return report;
  }

  private static void measure(
      Settings settings, Report report, Scenario scenario, Duration time, Duration warmUp)
      throws Exception {
    String conversations = String.valueOf(scenario.conversations());
    List<AutoCloseable> open = new ArrayList<>();
    try {
      List<Subject> subjects = new ArrayList<>();
      Child confab =
          Child.start(
              settings,
              "sends-confab-" + conversations,
              ConfabSends.class,
              TemporaryDirectory.create("sends").toString(),
              conversations);
      open.add(confab);
      subjects.add(new Subject(CONFAB, confab, () -> Duration.ZERO));
      if (!settings.quick()) {
        PostgresServer postgres = PostgresServer.start(settings);
        open.add(postgres);
        Child stock =
            Child.start(
                settings,
                "sends-stock-" + conversations,
                StockSends.class,
                postgres.url(),
                conversations);
        open.add(stock);
        subjects.add(new Subject(STOCK, stock, postgres::cpu));
      }
      Child raw =
          Child.start(
              settings,
              "sends-raw-" + conversations,
              RawWrites.class,
              TemporaryDirectory.create("raw").toString());
      open.add(raw);
      subjects.add(new Subject(RAW, raw, () -> Duration.ZERO));

      for (Subject subject : subjects) {
        subject.child().answer();
        send(subject, warmUp);
      }
      for (int repetition = 0; repetition < settings.repetitions(); repetition++) {
        for (Subject subject : subjects) {
          report.sample(scenario.name(), subject.name(), send(subject, time));
        }
      }
    } finally {
      for (int i = open.size() - 1; i >= 0; i--) {
        open.get(i).close();
      }
    }
  }

  private static Map<String, Double> send(Subject subject, Duration time) throws IOException {
    Duration servers = subject.servers().get();
    ObjectNode answer =
        subject.child().ask(Child.JSON.createObjectNode().put("nanos", time.toNanos()));
    long serverNanos = subject.servers().get().minus(servers).toNanos();
    double done = answer.get("done").doubleValue();
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put(RATE, done / answer.get("nanos").doubleValue() * 1e9);
    figures.put(CPU, (answer.get("cpuNanos").doubleValue() + serverNanos) / 1e3 / done);
    figures.put("p50 ms", answer.get("p50").doubleValue());
    figures.put("p99 ms", answer.get("p99").doubleValue());
    figures.put("p99.9 ms", answer.get("p999").doubleValue());
    return figures;
  }

  private static void compare(Report report, Scenario scenario) {
    String name = scenario.name();
    double rate = report.figure(name, CONFAB, RATE).median();
    double raw = report.figure(name, RAW, RATE).median();
    report.atLeast(name + ": Confab's commands/s", rate, scenario.rateAim());
    report.atMost(
        name + ": Confab's CPU µs/command", report.figure(name, CONFAB, CPU).median(), 60);
    if (report.has(name, STOCK)) {
      report.atLeast(
          name + ": commands/s of Confab / Axon stock on PostgreSQL",
          rate / report.figure(name, STOCK, RATE).median(),
          10);
    }
    report.ratio(name + ": commands/s of Confab / the raw limit's", rate / raw);
  }
}
