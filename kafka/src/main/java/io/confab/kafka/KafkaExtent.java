package io.confab.kafka;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * How much of the log in Kafka a reading covers: which topics, and where each of their partitions
 * ended. Plain data, so that another process can cover the same later, whatever was mirrored since.
 *
 * @param topics in the order in which they are read
 */
public record KafkaExtent(List<Topic> topics) {

  /**
   * A topic.
   *
   * @param id Kafka's own, which another topic of the same name does not have
   * @param ends the offset behind the last record of each partition, by its number; 0 for one that
   *     is not read
   */
  public record Topic(String name, String id, List<Long> ends) {
    public Topic {
      ends = List.copyOf(ends);
    }
  }

  public KafkaExtent {
    topics = List.copyOf(topics);
  }

  /**
   * All that is in both topics now.
   *
   * @throws TopicMismatchException where one is missing
   * @throws IncompleteLogException where the beginning of a partition is gone
   * @throws KafkaException where Kafka does not answer within 10 s
   */
  public static KafkaExtent now(KafkaSettings settings) {
    try (Admin admin = Admin.create(KafkaClients.admin(settings))) {
      Map<String, KafkaFuture<TopicDescription>> descriptions =
          admin.describeTopics(KafkaTopics.ALL).topicNameValues();
      List<Topic> topics = new ArrayList<>();
      for (String name : KafkaTopics.ALL) {
        TopicDescription topic =
            described(settings, name, Objects.requireNonNull(descriptions.get(name)));
        offsets(admin, topic, OffsetSpec.earliest()).forEach(KafkaLog::requireBeginning);
        Map<TopicPartition, Long> ends = offsets(admin, topic, OffsetSpec.latest());
        topics.add(new Topic(name, topic.topicId().toString(), List.copyOf(ends.values())));
      }
      return new KafkaExtent(topics);
    }
  }

  /** Of this the partitions that may hold these conversations; all of it for none. */
  public KafkaExtent of(Collection<String> conversations) {
    if (conversations.isEmpty()) {
      return this;
    }
    List<Topic> fewer = new ArrayList<>();
    for (Topic topic : topics) {
      List<Long> ends = new ArrayList<>(Collections.nCopies(topic.ends().size(), 0L));
      for (String conversation : conversations) {
        int number = KafkaTopics.partition(conversation, ends.size());
        ends.set(number, topic.ends().get(number));
      }
      fewer.add(new Topic(topic.name(), topic.id(), ends));
    }
    return new KafkaExtent(fewer);
  }

  private static TopicDescription described(
      KafkaSettings settings, String name, KafkaFuture<TopicDescription> description) {
    try {
      return KafkaClients.get(description);
    } catch (UnknownTopicOrPartitionException e) {
      throw new TopicMismatchException(
          "Kafka at %s has no topic %s: name the brokers to which Confab mirrors its log"
              .formatted(settings.servers(), name));
    }
  }

  /** By the partitions' numbers. */
  private static Map<TopicPartition, Long> offsets(
      Admin admin, TopicDescription topic, OffsetSpec which) {
    Map<TopicPartition, OffsetSpec> wanted = new LinkedHashMap<>();
    for (int number = 0; number < topic.partitions().size(); number++) {
      wanted.put(new TopicPartition(topic.name(), number), which);
    }
    Map<TopicPartition, ListOffsetsResultInfo> found =
        KafkaClients.get(admin.listOffsets(wanted).all());
    Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
    for (TopicPartition partition : wanted.keySet()) {
      offsets.put(partition, Objects.requireNonNull(found.get(partition)).offset());
    }
    return offsets;
  }

  /** How many records it covers, repetitions too. */
  public long records() {
    return ends().values().stream().mapToLong(Long::longValue).sum();
  }

  /** Whether that one was made of the very same topics, and not of others with their names. */
  public boolean isOfTopicsOf(KafkaExtent other) {
    return ids().equals(other.ids());
  }

  private List<String> ids() {
    return topics.stream().map(Topic::id).toList();
  }

  /** The end of each partition, in the order in which they are read. */
  Map<TopicPartition, Long> ends() {
    Map<TopicPartition, Long> ends = new LinkedHashMap<>();
    for (Topic topic : topics) {
      for (int number = 0; number < topic.ends().size(); number++) {
        ends.put(new TopicPartition(topic.name(), number), topic.ends().get(number));
      }
    }
    return ends;
  }
}
