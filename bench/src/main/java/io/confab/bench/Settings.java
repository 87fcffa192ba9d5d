package io.confab.bench;

import java.nio.file.Path;

/**
 * How a run is made.
 *
 * @param quick seconds instead of minutes, without PostgreSQL: shows that it works, measures
 *     nothing
 * @param repetitions how often each thing is measured
 * @param results the directory of the JSON files
 * @param logs the directory of what the children write to standard error
 * @param confabJar the packaged application
 * @param cluster the script that runs a cluster
 */
record Settings(
    boolean quick, int repetitions, Path results, Path logs, Path confabJar, Path cluster) {

  /** The settings of the system properties {@code bench.home} and {@code bench.confab-jar}. */
  static Settings of(boolean quick, int repetitions) {
    Path home = Path.of(System.getProperty("bench.home", "bench"));
    Path target = home.resolve("target");
    return new Settings(
        quick,
        repetitions,
        quick ? target.resolve("quick-results") : home.resolve("results"),
        target.resolve("logs"),
        Path.of(System.getProperty("bench.confab-jar", "standalone/target/confab/confab.jar")),
        home.toAbsolutePath().resolveSibling("cluster"));
  }
}
