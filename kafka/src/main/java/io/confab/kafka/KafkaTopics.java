package io.confab.kafka;

import io.confab.events.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The topics: durable names, so they never change. */
public final class KafkaTopics {
  /** The events of channels. */
  public static final String CHANNELS = "confab.channels";

  /** The events of direct and group conversations. */
  public static final String CHATS = "confab.chats";

  /** Both. */
  public static final List<String> ALL = List.of(CHANNELS, CHATS);

  /** The largest record: a channel that starts with 25,000 members has over 2 MB of them. */
  static final int LARGEST_RECORD = 8 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(KafkaTopics.class);
  private static final int CLUSTER = 3;
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private KafkaTopics() {}

  /** The topic of the conversations of that kind. */
  public static String of(Kind kind) {
    return switch (kind) {
      case CHANNEL -> CHANNELS;
      case DIRECT, GROUP -> CHATS;
    };
  }

  /** The partition of a conversation among so many: what Kafka's producers choose for its key. */
  public static int partition(String conversation, int partitions) {
    byte[] key = conversation.getBytes(StandardCharsets.UTF_8);
    return Utils.toPositive(Utils.murmur2(key)) % partitions;
  }

  /**
   * Makes the topics that are not there, and checks those that are. Waits for Kafka, however long,
   * and says so; many processes may do this at once.
   *
   * @throws TopicMismatchException where a topic has fewer partitions than set, or fewer copies, or
   *     other copies than are set
   */
  public static void ensure(KafkaSettings settings) throws InterruptedException {
    boolean waiting = false;
    while (true) {
      try (Admin admin = Admin.create(KafkaClients.admin(settings))) {
        attempt(admin, settings);
        return;
      } catch (ExecutionException | KafkaException e) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        if (!waiting) {
          LOG.warn("Waiting for Kafka at {}: {}", settings.servers(), reason(e));
          waiting = true;
        }
        Thread.sleep(PAUSE.toMillis());
      }
    }
  }

  /**
   * One line that says what is wrong with the topics, or which is not there; null where nothing is.
   *
   * @throws KafkaException where Kafka does not answer within {@code patience}
   */
  public static @Nullable String mismatch(KafkaSettings settings, Duration patience)
      throws InterruptedException {
    Map<String, Object> config = KafkaClients.admin(settings);
    config.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.toIntExact(patience.toMillis()));
    config.put(
        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(patience.toMillis()));
    try (Admin admin = Admin.create(config)) {
      Set<String> present = admin.listTopics().names().get();
      for (String topic : ALL) {
        if (!present.contains(topic)) {
          return "The topic " + topic + " is not there yet";
        }
      }
      int replication = replication(admin, settings);
      for (TopicDescription topic : admin.describeTopics(ALL).allTopicNames().get().values()) {
        check(topic, settings, replication);
      }
      return null;
    } catch (TopicMismatchException e) {
      return e.getMessage();
    } catch (ExecutionException e) {
      throw new KafkaException("Kafka does not answer: " + reason(e), e);
    }
  }

  private static void attempt(Admin admin, KafkaSettings settings)
      throws InterruptedException, ExecutionException {
    int replication = replication(admin, settings);
    create(admin, settings, replication);
    Map<String, TopicDescription> topics = admin.describeTopics(ALL).allTopicNames().get();
    for (TopicDescription topic : topics.values()) {
      check(topic, settings, replication);
    }
  }

  private static int replication(Admin admin, KafkaSettings settings)
      throws InterruptedException, ExecutionException {
    if (settings.replication() != 0) {
      return settings.replication();
    }
    return admin.describeCluster().nodes().get().size() >= CLUSTER ? CLUSTER : 1;
  }

  private static void create(Admin admin, KafkaSettings settings, int replication)
      throws InterruptedException, ExecutionException {
    Set<String> present = admin.listTopics().names().get();
    List<NewTopic> missing = new ArrayList<>();
    int inSync = Math.min(settings.minInSyncReplicas(), replication);
    for (String topic : ALL) {
      if (!present.contains(topic)) {
        missing.add(
            new NewTopic(topic, settings.partitions(), (short) replication)
                .configs(
                    Map.of(
                        TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, Integer.toString(inSync),
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(LARGEST_RECORD),
                        TopicConfig.RETENTION_MS_CONFIG, "-1")));
      }
    }
    try {
      admin.createTopics(missing).all().get();
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw e;
      }
      // another process was first; the check follows
    }
    missing.forEach(
        topic ->
            LOG.info(
                "Made the topic {}: {} partitions, replication {}",
                topic.name(),
                topic.numPartitions(),
                topic.replicationFactor()));
  }

  private static void check(TopicDescription topic, KafkaSettings settings, int replication) {
    int partitions = topic.partitions().size();
    if (partitions < settings.partitions()) {
      throw new TopicMismatchException(
          ("The topic %s has %d partitions, and confab.kafka.partitions is %d: set that to %d, or"
                  + " make the topic anew")
              .formatted(topic.name(), partitions, settings.partitions(), partitions));
    }
    for (TopicPartitionInfo partition : topic.partitions()) {
      int copies = partition.replicas().size();
      if (settings.replication() == 0 ? copies < replication : copies != replication) {
        throw new TopicMismatchException(
            ("Partition %d of the topic %s has replication %d, must be %d: reassign it, or set"
                    + " confab.kafka.replication")
                .formatted(partition.partition(), topic.name(), copies, replication));
      }
    }
  }

  private static String reason(Exception e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}
