package io.confab.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One conversation with many subscribers: what a delivery costs the server, and how long it takes.
 * Confab's whole application, which also stores each message and checks who may read it, beside
 * Spring's simple broker and a bare loop, which do neither.
 */
final class Fanout {
  static final String CONFAB = "Confab";
  static final String EAGER = "Confab, batch-max-delay=0";
  static final String SPRING = "Spring simple broker";
  static final String BARE = "bare Netty loop";

  /** For how long a connection may be silent: while all others are measured. */
  static final Duration IDLE = Duration.ofMinutes(10);

  private static final String CPU = "CPU µs/delivery";
  private static final int DELIVERIES_PER_SECOND = 30_000;
  private static final int BURST = 10;
  private static final String TEXT =
      " The build is green again, and the release notes are in the usual place; have a look.";

  private Fanout() {}

  /** How messages come: {@code burst} at once, then a pause that keeps the mean rate the same. */
  private record Rhythm(String name, int burst) {}

  /** A server that runs, and the load generator that is connected to it. */
  private record Pair(String name, Child server, Child load) implements AutoCloseable {
    @Override
    public void close() {
      load.close();
      server.close();
    }
  }

  static Report run(Settings settings) throws Exception {
    Report report = new Report("fanout", settings.quick());
    int seconds = settings.quick() ? 1 : 10;
    List<Integer> sizes = settings.quick() ? List.of(100) : List.of(1_000, 5_000);
    List<Rhythm> rhythms =
        List.of(new Rhythm("one at a time", 1), new Rhythm(BURST + " at once", BURST));
    report.setting("deliveries", DELIVERIES_PER_SECOND + "/s, " + seconds + " s a repetition");
    report.setting("server CPU", "of the whole process, as the operating system counts it");
    report.setting("client", "one process for each server, one reading thread, same machine");
    for (int size : sizes) {
      List<Pair> pairs = new ArrayList<>();
      try {
        pairs.add(confab(settings, CONFAB, "confab-" + size, size, List.of()));
        pairs.add(
            confab(
                settings,
                EAGER,
                "confab-eager-" + size,
                size,
                List.of("-Dconfab.edge.batch-max-delay=0")));
        pairs.add(comparator(settings, SPRING, "spring-broker", SpringBrokerServer.class, size));
        pairs.add(comparator(settings, BARE, "bare-loop", BareLoopServer.class, size));
        measure(settings, report, pairs, rhythms, size, seconds);
      } finally {
        pairs.forEach(Pair::close);
      }
      for (Rhythm rhythm : rhythms) {
        String scenario = scenario(size, rhythm);
        double ours = report.figure(scenario, CONFAB, CPU).median();
        report.atLeast(
            scenario + ": CPU of Spring's simple broker / Confab's",
            report.figure(scenario, SPRING, CPU).median() / ours,
            2);
        report.ratio(
            scenario + ": CPU of Spring's simple broker / Confab's with batch-max-delay=0",
            report.figure(scenario, SPRING, CPU).median()
                / report.figure(scenario, EAGER, CPU).median());
        report.ratio(
            scenario + ": CPU of Confab / the bare loop's",
            ours / report.figure(scenario, BARE, CPU).median());
      }
    }
    return report;
  }

  private static String scenario(int size, Rhythm rhythm) {
    return String.format("%,d subscribers, messages %s", size, rhythm.name());
  }

  private static void measure(
      Settings settings,
      Report report,
      List<Pair> pairs,
      List<Rhythm> rhythms,
      int size,
      int seconds)
      throws IOException {
    for (Pair pair : pairs) {
      for (Rhythm rhythm : rhythms) {
        publish(pair, rhythm, size, seconds);
      }
    }
    for (int repetition = 0; repetition < settings.repetitions(); repetition++) {
      for (Rhythm rhythm : rhythms) {
        for (Pair pair : pairs) {
          report.sample(scenario(size, rhythm), pair.name(), publish(pair, rhythm, size, seconds));
        }
      }
    }
  }

  private static Map<String, Double> publish(Pair pair, Rhythm rhythm, int size, int seconds)
      throws IOException {
    double messagesPerSecond = (double) DELIVERIES_PER_SECOND / size;
    int bursts = (int) Math.max(1, Math.round(seconds * messagesPerSecond / rhythm.burst()));
    long before = pair.server().cpu().toNanos();
    ObjectNode answer =
        pair.load()
            .ask(
                Child.JSON
                    .createObjectNode()
                    .put("do", "publish")
                    .put("messages", bursts * rhythm.burst())
                    .put("burst", rhythm.burst())
                    .put("pauseMillis", (int) (1000 * rhythm.burst() / messagesPerSecond)));
    double deliveries = answer.get("deliveries").doubleValue();
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put(CPU, (pair.server().cpu().toNanos() - before) / 1e3 / deliveries);
    figures.put("p50 ms", answer.get("p50").doubleValue());
    figures.put("p99 ms", answer.get("p99").doubleValue());
    figures.put("p99.9 ms", answer.get("p999").doubleValue());
    figures.put("lost", answer.get("lost").doubleValue());
    figures.put(
        "client CPU µs/delivery", answer.get("clientCpuNanos").doubleValue() / 1e3 / deliveries);
    return figures;
  }

  private static Pair comparator(
      Settings settings, String name, String file, Class<?> main, int size) throws IOException {
    Child server = Child.start(settings, file + "-" + size, main);
    int port = server.answer().get("port").intValue();
    ObjectNode target = target(port, size);
    target.put("topic", "/topic/conversations/c-bench");
    target.put("destination", "/topic/conversations/c-bench");
    target
        .putArray("headers")
        .add("content-type:application/json")
        .add("type:MessageSent")
        .add("conversation:c-bench")
        .add("sequence:17");
    target.put(
        "prefix",
        "{\"conversation\":\"c-bench\",\"sequence\":17,\"type\":\"MessageSent\","
            + "\"at\":\"2026-11-24T09:30:00.123Z\",\"by\":\"owner\","
            + "\"data\":{\"ordinal\":12,\"body\":\"");
    target.put("suffix", TEXT + "\"}}");
    target.putArray("tokens");
    return connected(settings, name, file + "-" + size, server, target);
  }

  private static Pair confab(
      Settings settings, String name, String file, int size, List<String> options)
      throws Exception {
    List<String> all = new ArrayList<>(options);
    all.add("-Dconfab.edge.idle-timeout=" + IDLE.toMinutes() + "m");
    ConfabServer confab = ConfabServer.start(settings, file, all);
    List<String> tokens = new ArrayList<>();
    tokens.add(confab.api().token("owner"));
    List<String> members = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      members.add("member-" + i);
      tokens.add(confab.api().token("member-" + i));
    }
    String conversation = confab.api().start("channel", tokens.get(0), members);
    ObjectNode target = target(confab.port(), size);
    target.put("topic", "/topic/conversations/" + conversation);
    target.put("destination", "/app/conversations/" + conversation + "/messages");
    target.putArray("headers").add("content-type:application/json").add("receipt:r");
    target.put("prefix", "{\"body\":\"");
    target.put("suffix", TEXT + "\"}");
    ArrayNode array = target.putArray("tokens");
    tokens.forEach(array::add);
    return connected(settings, name, file, confab.process(), target);
  }

  private static ObjectNode target(int port, int size) {
    return Child.JSON
        .createObjectNode()
        .put("do", "connect")
        .put("port", port)
        .put("subscribers", size);
  }

  private static Pair connected(
      Settings settings, String name, String file, Child server, ObjectNode target)
      throws IOException {
    Child load = Child.start(settings, "load-" + file, LoadGenerator.class);
    Pair pair = new Pair(name, server, load);
    try {
      load.ask(target);
      return pair;
    } catch (IOException e) {
      pair.close();
      throw e;
    }
  }
}
