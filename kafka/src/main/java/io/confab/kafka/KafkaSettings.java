package io.confab.kafka;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where Kafka is, and what the topics must be like.
 *
 * @param bootstrapServers {@code host:port} of one broker or more; none, the default, where Kafka
 *     is not used
 * @param partitions of each topic where it is made, and the least that one that is there must have;
 *     1 to 10,000, default 64. A conversation's place follows from the number: it must not be
 *     raised on topics that hold something
 * @param replication copies of each partition; 0 to 32,767. With 0, the default, 3 where three
 *     brokers or more answer at that moment, else 1: a cluster of three names 3, so that topics are
 *     not made while it is still starting
 * @param minInSyncReplicas how many copies an acknowledged event is in at least, where there are as
 *     many; default 2, from 1
 */
@ConfigurationProperties("confab.kafka")
public record KafkaSettings(
    @DefaultValue List<String> bootstrapServers,
    @DefaultValue("64") int partitions,
    @DefaultValue("0") int replication,
    @DefaultValue("2") int minInSyncReplicas) {

  public KafkaSettings {
    bootstrapServers = List.copyOf(bootstrapServers);
    within("partitions", partitions, 1, 10_000);
    within("replication", replication, 0, Short.MAX_VALUE);
    within("min-in-sync-replicas", minInSyncReplicas, 1, Short.MAX_VALUE);
  }

  /** The defaults, with these brokers. */
  public static KafkaSettings of(String... bootstrapServers) {
    return new KafkaSettings(List.of(bootstrapServers), 64, 0, 2);
  }

  /** The brokers as they stand in messages. */
  String servers() {
    return String.join(",", bootstrapServers);
  }

  private static void within(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "confab.kafka.%s is %d, must be from %d to %d".formatted(name, value, least, most));
    }
  }
}
