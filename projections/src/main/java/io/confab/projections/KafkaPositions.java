package io.confab.projections;

import io.confab.kafka.KafkaClients;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * From where to where the log in Kafka goes, and how far consumer groups are in it. Each method
 * asks the brokers, and throws {@link KafkaException} where they do not answer within 10 s. Safe
 * for use by many threads.
 */
final class KafkaPositions implements AutoCloseable {
  private static final Duration CLOSE = Duration.ofSeconds(2);

  private final KafkaSettings settings;
  private @Nullable Admin admin;

  KafkaPositions(KafkaSettings settings) {
    this.settings = settings;
  }

  /** The first offset of each partition that is still there; 0 where nothing was removed. */
  Map<TopicPartition, Long> begins() {
    return offsets(OffsetSpec.earliest());
  }

  /** The offset behind the last record of each partition that consumers are given. */
  Map<TopicPartition, Long> ends() {
    return offsets(OffsetSpec.latest());
  }

  private Map<TopicPartition, Long> offsets(OffsetSpec which) {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    get(admin().describeTopics(KafkaTopics.ALL).allTopicNames())
        .forEach(
            (topic, description) ->
                description
                    .partitions()
                    .forEach(
                        partition ->
                            wanted.put(new TopicPartition(topic, partition.partition()), which)));
    Map<TopicPartition, Long> offsets = new HashMap<>();
    get(admin().listOffsets(wanted).all())
        .forEach((partition, found) -> offsets.put(partition, found.offset()));
    return offsets;
  }

  /** What the group has committed; nothing of a partition where it has committed none. */
  Map<TopicPartition, Long> committed(String group) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    get(admin().listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
        .forEach(
            (partition, committed) -> {
              if (committed != null) {
                offsets.put(partition, committed.offset());
              }
            });
    return offsets;
  }

  /** Removes what the group has committed; not where it has members, who then go on. */
  void forget(String group) {
    try {
      get(admin().deleteConsumerGroups(List.of(group)).all());
    } catch (KafkaException e) {
      if (!(e.getCause() instanceof GroupIdNotFoundException)
          && !(e.getCause() instanceof GroupNotEmptyException)) {
        throw e;
      }
    }
  }

  /** How many records of {@code ends} are handled, as {@code committed} says. */
  static long handled(Map<TopicPartition, Long> committed, Map<TopicPartition, Long> ends) {
    long handled = 0;
    for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
      handled += Math.min(committed.getOrDefault(end.getKey(), 0L), end.getValue());
    }
    return handled;
  }

  /** Whether all of {@code ends} is handled, in each partition. */
  static boolean reached(Map<TopicPartition, Long> committed, Map<TopicPartition, Long> ends) {
    return handled(committed, ends) == sum(ends);
  }

  static long sum(Map<TopicPartition, Long> offsets) {
    return offsets.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Made when it is first wanted: a broker's name may not resolve before the broker is there. */
  private synchronized Admin admin() {
    Admin present = admin;
    if (present == null) {
      present = Admin.create(KafkaClients.admin(settings));
      admin = present;
    }
    return present;
  }

  private static <T> T get(KafkaFuture<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new KafkaException(e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      throw new InterruptException(e); // sets the thread's flag
    }
  }

  @Override
  public synchronized void close() {
    if (admin != null) {
      admin.close(CLOSE);
    }
  }
}
