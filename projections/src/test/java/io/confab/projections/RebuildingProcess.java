package io.confab.projections;

import io.confab.cosmos.CosmosConnection;
import io.confab.cosmos.CosmosSettings;
import io.confab.cosmos.LocalCosmos;
import io.confab.events.EncodedEvent;
import io.confab.events.EventLog;
import io.confab.kafka.KafkaSettings;
import io.confab.views.CosmosViewStore;
import io.confab.views.SharedRebuilds;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/** Projects, and takes part in rebuilds, until it is killed; or the same inside a test. */
final class RebuildingProcess implements AutoCloseable {
  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final CosmosViewStore views;
  final KafkaRebuilds rebuilds;
  private final CosmosConnection connection;
  private final KafkaProjections projections;

  private RebuildingProcess(
      CosmosSettings cosmos,
      EventLog log,
      KafkaSettings kafka,
      UnaryOperator<SharedRebuilds> filling) {
    ProjectionSettings settings = new ProjectionSettings(32, Duration.ofMillis(200));
    connection = CosmosConnection.open(cosmos, meters);
    views = CosmosViewStore.open(connection);
    projections = new KafkaProjections(views, log, kafka, settings, meters);
    rebuilds = new KafkaRebuilds(filling.apply(views), log, kafka, settings, meters);
  }

  /** One that can be asked, and begins rebuilds, but takes no part. */
  static RebuildingProcess idle(CosmosSettings cosmos, EventLog log, KafkaSettings kafka) {
    return idle(cosmos, log, kafka, UnaryOperator.identity());
  }

  /**
   * @param filling stands before the views where they are rebuilt
   */
  static RebuildingProcess idle(
      CosmosSettings cosmos,
      EventLog log,
      KafkaSettings kafka,
      UnaryOperator<SharedRebuilds> filling) {
    return new RebuildingProcess(cosmos, log, kafka, filling);
  }

  /** What is in Kafka is in order where there are others than the test's own process. */
  private static final class NoLog implements EventLog {
    @Override
    public long head(String conversation) {
      return -1;
    }

    @Override
    public List<EncodedEvent> read(String conversation, long from, int limit) {
      return List.of();
    }
  }

  RebuildingProcess start() {
    projections.start();
    rebuilds.start();
    return this;
  }

  @Override
  public void close() {
    rebuilds.close();
    projections.close();
    views.close();
    connection.close();
  }

  public static void main(String[] arguments) throws InterruptedException {
    idle(
            cosmos(URI.create(arguments[2]), arguments[3]),
            new NoLog(),
            new KafkaSettings(List.of(arguments[0]), Integer.parseInt(arguments[1]), 0, 2))
        .start();
    Thread.currentThread().join();
  }

  private static CosmosSettings cosmos(URI endpoint, String database) {
    return new CosmosSettings(
        endpoint,
        LocalCosmos.KEY,
        database,
        false,
        false,
        true,
        0,
        Duration.ofSeconds(5),
        Duration.ofSeconds(5),
        Duration.ofMinutes(1));
  }

  static Process fork(CosmosSettings cosmos, KafkaSettings kafka) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            RebuildingProcess.class.getName(),
            kafka.bootstrapServers().get(0),
            Integer.toString(kafka.partitions()),
            cosmos.endpoint().toString(),
            cosmos.database())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
