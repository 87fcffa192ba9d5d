package io.confab.standalone;

import io.confab.kafka.KafkaSettings;
import io.confab.kafka.LocalKafka;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The server, and a Kafka to which it mirrors its log; both end with it. */
final class ServerWithKafka extends ServerProcess {
  private static final int PARTITIONS = 8;

  private final LocalKafka kafka;

  private ServerWithKafka(Path directory, LocalKafka kafka) throws IOException {
    super(
        directory,
        "--confab.kafka.bootstrap-servers=" + kafka.servers(),
        "--confab.kafka.partitions=" + PARTITIONS);
    this.kafka = kafka;
  }

  /** Kafka runs, the server does not yet. */
  static ServerWithKafka in(Path directory) throws IOException, InterruptedException {
    Path broker = Files.createDirectory(directory.resolve("broker"));
    return new ServerWithKafka(directory, LocalKafka.start(broker));
  }

  @Override
  KafkaSettings kafka() {
    return kafka.settings(PARTITIONS);
  }

  @Override
  void killKafka() throws InterruptedException {
    kafka.kill();
  }

  @Override
  void startKafka() throws IOException, InterruptedException {
    kafka.start();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    try {
      super.close();
    } finally {
      kafka.close();
    }
  }
}
