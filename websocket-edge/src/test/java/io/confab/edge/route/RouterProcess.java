package io.confab.edge.route;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisSettings;
import io.confab.kafka.Events;
import io.confab.kafka.KafkaSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Routes {@link Events} until it is killed or its input ends; prints how many partitions it has.
 */
final class RouterProcess {
  private RouterProcess() {}

  /** The members of every chat of {@link Events}. */
  static final ChatMembers ALICE = chat -> new ChatMembers.AsOf(Set.of("alice"), 0);

  public static void main(String[] arguments) throws Exception {
    KafkaSettings kafka =
        new KafkaSettings(List.of(arguments[0]), Integer.parseInt(arguments[1]), 0, 2);
    RedisCluster redis =
        new RedisCluster(
            new RedisSettings(
                List.of(arguments[3].split(",")),
                null,
                null,
                false,
                Duration.ofMillis(Long.parseLong(arguments[4]))));
    redis.connect().join();
    Events log = new Events(Integer.parseInt(arguments[2]), Long.MAX_VALUE / 2);
    Router router =
        new Router(kafka, log, ALICE, Clock.systemUTC(), redis, new SimpleMeterRegistry());
    router.start();
    while (System.in.available() == 0) {
      System.out.println(router.partitions());
      Thread.sleep(50);
    }
    Runtime.getRuntime().halt(0);
  }

  static Process start(KafkaSettings kafka, int conversations, RedisSettings redis)
      throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            RouterProcess.class.getName(),
            String.join(",", kafka.bootstrapServers()),
            Integer.toString(kafka.partitions()),
            Integer.toString(conversations),
            String.join(",", redis.nodes()),
            Long.toString(redis.timeout().toMillis()))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
