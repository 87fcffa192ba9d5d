package io.confab.kafka;

import io.confab.events.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
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

  /** The topics of which it is said that they have more copies than set: that is said once. */
  private static final Set<String> CROWDED = ConcurrentHashMap.newKeySet();

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
   * @throws TopicMismatchException where a topic has fewer partitions or copies than set, or
   *     settings of its own by which events would be refused or lost
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
   * What tells the topics from others of the same names, before and after; null where one is not
   * there.
   *
   * @throws KafkaException where Kafka does not answer within 10 s
   */
  public static @Nullable String identity(KafkaSettings settings) {
    try (Admin admin = Admin.create(KafkaClients.admin(settings))) {
      return KafkaClients.get(admin.describeTopics(ALL).allTopicNames()).values().stream()
          .sorted(Comparator.comparing(TopicDescription::name))
          .map(topic -> topic.topicId().toString())
          .collect(Collectors.joining("."));
    } catch (UnknownTopicOrPartitionException e) {
      return null;
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
      check(admin, settings, replication(admin, settings));
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
    check(admin, settings, replication);
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
    for (String topic : ALL) {
      if (!present.contains(topic)) {
        missing.add(
            new NewTopic(topic, settings.partitions(), (short) replication)
                .configs(
                    Map.of(
                        TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
                        Integer.toString(inSync(settings, replication)),
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                        Integer.toString(LARGEST_RECORD),
                        TopicConfig.RETENTION_MS_CONFIG,
                        "-1",
                        TopicConfig.RETENTION_BYTES_CONFIG,
                        "-1")));
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

  private static int inSync(KafkaSettings settings, int replication) {
    return Math.min(settings.minInSyncReplicas(), replication);
  }

  private static void check(Admin admin, KafkaSettings settings, int replication)
      throws InterruptedException, ExecutionException {
    for (TopicDescription topic : admin.describeTopics(ALL).allTopicNames().get().values()) {
      checkPlaces(topic, settings, replication);
    }
    List<ConfigResource> topics =
        ALL.stream().map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic)).toList();
    for (Map.Entry<ConfigResource, Config> topic :
        admin.describeConfigs(topics).all().get().entrySet()) {
      checkConfig(topic.getKey().name(), topic.getValue(), settings, replication);
    }
  }

  static void checkConfig(String topic, Config config, KafkaSettings settings, int replication) {
    int wanted = inSync(settings, replication);
    String name = TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG;
    long inSync = value(config, name);
    if (inSync < wanted) {
      throw new TopicMismatchException(
          wrong(topic, name, inSync, wanted, "at least " + wanted, settings)
              + ", or set confab.kafka.min-in-sync-replicas to "
              + inSync);
    }
    name = TopicConfig.MAX_MESSAGE_BYTES_CONFIG;
    long bytes = value(config, name);
    if (bytes < LARGEST_RECORD) {
      throw new TopicMismatchException(
          wrong(topic, name, bytes, LARGEST_RECORD, "at least " + LARGEST_RECORD, settings));
    }
    for (String retention :
        List.of(TopicConfig.RETENTION_MS_CONFIG, TopicConfig.RETENTION_BYTES_CONFIG)) {
      long kept = value(config, retention);
      if (kept != -1) {
        throw new TopicMismatchException(
            wrong(topic, retention, kept, -1, "-1, or Kafka deletes history", settings));
      }
    }
  }

  private static long value(Config config, String name) {
    return Long.parseLong(config.get(name).value());
  }

  private static String wrong(
      String topic, String name, long value, long wanted, String must, KafkaSettings settings) {
    return ("The topic %s has %s %d, must be %s: kafka-configs.sh --bootstrap-server %s --alter"
            + " --entity-type topics --entity-name %s --add-config %s=%d")
        .formatted(topic, name, value, must, settings.servers(), topic, name, wanted);
  }

  static void checkPlaces(TopicDescription topic, KafkaSettings settings, int replication) {
    int partitions = topic.partitions().size();
    if (partitions < settings.partitions()) {
      throw new TopicMismatchException(
          ("The topic %s has %d partitions, and confab.kafka.partitions is %d: set that to %d, or"
                  + " make the topic anew")
              .formatted(topic.name(), partitions, settings.partitions(), partitions));
    }
    for (TopicPartitionInfo partition : topic.partitions()) {
      int copies = partition.replicas().size();
      if (copies < replication) {
        throw new TopicMismatchException(
            ("Partition %d of the topic %s has replication %d, must be %d: reassign it, or set"
                    + " confab.kafka.replication")
                .formatted(partition.partition(), topic.name(), copies, replication));
      }
      // A partition that is being moved to other brokers has the old copies and the new ones.
      if (settings.replication() != 0 && copies > replication && CROWDED.add(topic.name())) {
        LOG.warn(
            "Partition {} of the topic {} has replication {}, and confab.kafka.replication is {}:"
                + " well while it is being reassigned",
            partition.partition(),
            topic.name(),
            copies,
            replication);
      }
    }
  }

  private static String reason(Exception e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}
