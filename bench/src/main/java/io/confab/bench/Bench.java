package io.confab.bench;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs the suites that are named ({@code sends}, {@code fanout}, {@code history}, {@code mirror},
 * {@code route}, {@code presence}, {@code cluster}; all where none is) and prints each one's table.
 * {@code --quick} shows that they work in a minute; its figures mean nothing.
 */
public final class Bench {
  private static final String REPETITIONS = "--repetitions=";

  private Bench() {}

  /** A suite: measures and reports. */
  private interface Suite {
    Report run(Settings settings) throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, Suite> suites = new LinkedHashMap<>();
    suites.put("sends", Sends::run);
    suites.put("fanout", Fanout::run);
    suites.put("history", History::run);
    suites.put("mirror", Mirror::run);
    suites.put("route", Routes::run);
    suites.put("presence", HeartBeats::run);
    suites.put("cluster", Cluster::run);

    List<String> chosen = new ArrayList<>();
    boolean quick = false;
    int repetitions = 0;
    for (String argument : arguments) {
      if (argument.equals("--quick")) {
        quick = true;
      } else if (argument.startsWith(REPETITIONS)) {
        repetitions = Integer.parseInt(argument.substring(REPETITIONS.length()));
      } else if (suites.containsKey(argument)) {
        chosen.add(argument);
      } else {
        System.err.println(
            "'" + argument + "' is not one of " + suites.keySet() + ", --quick or --repetitions=N");
        System.exit(2);
      }
    }
    Settings settings = Settings.of(quick, repetitions > 0 ? repetitions : quick ? 1 : 5);
    Files.createDirectories(settings.logs());
    for (Map.Entry<String, Suite> suite : suites.entrySet()) {
      // A cluster takes longer to start than all else of a quick run.
      boolean unasked = chosen.isEmpty() && !(quick && suite.getKey().equals("cluster"));
      if (unasked || chosen.contains(suite.getKey())) {
        Report report = suite.getValue().run(settings);
        System.out.println(report.table());
        System.out.println("written to " + report.write(settings.results()) + "\n");
      }
    }
  }
}
