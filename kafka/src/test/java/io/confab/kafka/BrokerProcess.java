package io.confab.kafka;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;

/**
 * The broker's process: formats its directory where that is empty, runs until it is killed, and
 * ends when its standard input does, so that none outlives the test that started it.
 */
final class BrokerProcess {
  private BrokerProcess() {}

  public static void main(String[] arguments) throws Exception {
    Thread watch = new Thread(BrokerProcess::endWithStandardInput, "watch");
    watch.setDaemon(true);
    watch.start();
    String properties = arguments[0];
    if (!Files.exists(Path.of(arguments[1], "meta.properties"))) {
      String[] format = {"format", "-t", Uuid.randomUuid().toString(), "-c", properties};
      if (StorageTool.execute(format, System.out) != 0) {
        throw new IllegalStateException("cannot format " + arguments[1]);
      }
    }
    kafka.Kafka.main(new String[] {properties});
  }

  private static void endWithStandardInput() {
    try {
      while (System.in.read() >= 0) {
        // nothing is ever said
      }
    } catch (IOException ended) {
      // as well
    }
    Runtime.getRuntime().halt(0);
  }
}
