package io.confab.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.EncodedEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/** What is in the topics, as a reader of ours sees it. */
public final class MirroredEvents {
  private final Map<String, List<EncodedEvent>> conversations = new HashMap<>();
  private final int partitions;
  private long records;

  private MirroredEvents(int partitions) {
    this.partitions = partitions;
  }

  /**
   * Reads both topics from the beginning to the present end; fails where a conversation has a hole.
   */
  public static MirroredEvents read(KafkaSettings settings) {
    MirroredEvents read = new MirroredEvents(settings.partitions());
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(KafkaClients.consumer(settings, "test"))) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (String topic : KafkaTopics.ALL) {
        for (PartitionInfo info : consumer.partitionsFor(topic)) {
          partitions.add(new TopicPartition(topic, info.partition()));
        }
      }
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          read.add(record);
        }
      }
    }
    return read;
  }

  private void add(ConsumerRecord<byte[], byte[]> record) {
    records++;
    EncodedEvent event = EventRecords.decode(record);
    List<EncodedEvent> events =
        conversations.computeIfAbsent(event.conversation(), key -> new ArrayList<>());
    assertThat(event.sequence())
        .as("%s after %d events of it", event.conversation(), events.size())
        .isLessThanOrEqualTo(events.size());
    if (event.sequence() == events.size()) {
      events.add(event);
    } else {
      assertThat(event.envelope()).isEqualTo(events.get((int) event.sequence()).envelope());
    }
    assertThat(record.topic()).isEqualTo(KafkaTopics.of(EventRecords.kind(record)));
    assertThat(record.partition())
        .isEqualTo(KafkaTopics.partition(event.conversation(), partitions));
  }

  /** All records, repetitions too. */
  public long records() {
    return records;
  }

  /** Each event once. */
  public long events() {
    return conversations.values().stream().mapToLong(List::size).sum();
  }

  public List<EncodedEvent> of(String conversation) {
    return conversations.getOrDefault(conversation, List.of());
  }
}
