package io.confab.kafka;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Mirrors {@link Events} until it is killed, and prints how many are published, again and again.
 */
final class MirroringProcess {
  private MirroringProcess() {}

  public static void main(String[] arguments) throws InterruptedException {
    KafkaSettings settings =
        new KafkaSettings(List.of(arguments[0]), Integer.parseInt(arguments[1]), 0, 2);
    Events log = new Events(Integer.parseInt(arguments[2]), Long.parseLong(arguments[3]));
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    KafkaMirror mirror = new KafkaMirror(settings, log, meters);
    try (LogMirror following = new LogMirror(log, mirror, settings, meters)) {
      following.start();
      while (true) {
        System.out.println((long) meters.counter("confab.mirror.published").count());
        TimeUnit.MILLISECONDS.sleep(10);
      }
    }
  }

  static Process start(KafkaSettings settings, int conversations, long events) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            MirroringProcess.class.getName(),
            settings.servers(),
            Integer.toString(settings.partitions()),
            Integer.toString(conversations),
            Long.toString(events))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
