package io.confab.bench;

import io.confab.edge.redis.RedisNodes;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * What many users' heart-beats cost an edge and Redis: as an edge reports them, beside a key that
 * is written anew at each of them.
 */
final class HeartBeats {
  private static final String CONFAB = "Confab";
  private static final String NAIVE = "SET EX at each heart-beat";
  private static final String EDGE = "edge CPU ms/1,000";
  private static final String REDIS = "Redis CPU ms/1,000";

  private HeartBeats() {}

  /** One way to tell Redis of heart-beats, in a process of its own. */
  private record Subject(String name, Child child) {}

  static Report run(Settings settings) throws Exception {
    Report report = new Report("presence", settings.quick());
    int users = settings.quick() ? 2_000 : 100_000;
    int windows = settings.quick() ? 1 : 4;
    int sliceMillis = settings.quick() ? 1 : HeartBeatsRun.SLICE_MILLIS;
    String scenario = String.format("%,d users, each heard once in 5 s", users);
    report.setting(
        "Redis", "one process, a cluster of one node, on loopback, nothing kept on disk");
    report.setting("a repetition", windows + " windows of 5 s, after one that is not measured");
    report.setting(
        "CPU", "of the whole process, less what it uses in as long a time without users");
    try (RedisNodes redis = RedisNodes.start(1);
        Child confab = start(settings, redis, "presence", users, sliceMillis);
        Child naive = start(settings, redis, "set-ex", users, sliceMillis)) {
      List<Subject> subjects = List.of(new Subject(CONFAB, confab), new Subject(NAIVE, naive));
      for (Subject subject : subjects) {
        subject.child().answer();
        subject.child().ask(question(windows, true)); // warm-up
      }
      for (int repetition = 0; repetition < settings.repetitions(); repetition++) {
        for (Subject subject : subjects) {
          report.sample(scenario, subject.name(), measure(redis, subject.child(), windows));
        }
      }
    }
    for (String cost : List.of(EDGE, REDIS)) {
      report.ratio(
          cost + " of SET EX / Confab's",
          report.figure(scenario, NAIVE, cost).median()
              / report.figure(scenario, CONFAB, cost).median());
    }
    return report;
  }

  private static Child start(
      Settings settings, RedisNodes redis, String way, int users, int sliceMillis)
      throws IOException {
    return Child.start(
        settings,
        "heart-beats-" + way,
        HeartBeatsRun.class,
        way,
        redis.settings().nodes().get(0),
        String.valueOf(users),
        String.valueOf(sliceMillis));
  }

  private static Map<String, Double> measure(RedisNodes redis, Child child, int windows)
      throws IOException {
    long before = redis.cpu().toNanos();
    ObjectNode idle = child.ask(question(windows, false));
    long idleRedis = redis.cpu().toNanos() - before;
    // What Redis has forgotten since the last repetition is there again after this.
    child.ask(question(1, true));
    before = redis.cpu().toNanos();
    ObjectNode busy = child.ask(question(windows, true));
    long busyRedis = redis.cpu().toNanos() - before;
    double thousands = busy.get("done").doubleValue() / 1e3;
    double edge = busy.get("cpuNanos").doubleValue() - idle.get("cpuNanos").doubleValue();
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put(EDGE, edge / 1e6 / thousands);
    figures.put(REDIS, (busyRedis - idleRedis) / 1e6 / thousands);
    figures.put(
        "heart-beats/s", busy.get("done").doubleValue() / busy.get("nanos").longValue() * 1e9);
    return figures;
  }

  private static ObjectNode question(int windows, boolean users) {
    return Child.JSON.createObjectNode().put("windows", windows).put("users", users);
  }
}
