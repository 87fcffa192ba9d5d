package io.confab.bench;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisNodes;
import io.confab.edge.redis.ShardedChannels;
import io.confab.edge.route.EdgePush;
import io.confab.edge.route.RoutedEvent;
import io.confab.edge.route.Router;
import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.Role;
import io.confab.kafka.KafkaMirror;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import io.confab.kafka.LocalKafka;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import tools.jackson.databind.node.ObjectNode;

/**
 * What one router brings from Kafka to the edges of a chat's members, beside a loop that reads the
 * same and publishes each event to one edge without asking anybody.
 */
final class Routes {
  static final int EDGES = 4;

  private static final String CONFAB = "Confab's router";
  private static final String BARE = "bare loop";
  private static final String RATE = "events/s";
  private static final String CPU = "CPU µs/event";
  private static final int PARTITIONS = 8;
  private static final int CHATS = 10_000;
  private static final int MEMBERS = 3;
  private static final int USERS = 50_000;
  private static final int BATCH = 1_000;

  /** Of so many users one has a session. */
  private static final int ABSENT = 5;

  private static final String BODY = "x".repeat(137);

  private Routes() {}

  static Report run(Settings settings) throws Exception {
    Report report = new Report("route", settings.quick());
    int events = settings.quick() ? 2 * CHATS : 50 * CHATS;
    String scenario =
        String.format("%,d events of %,d chats of %d members", events, CHATS, MEMBERS);
    report.setting("Kafka", "one broker, " + PARTITIONS + " partitions");
    report.setting("Redis", "one process, a cluster of one node, on loopback");
    report.setting(
        "people",
        "the first of a chat's members and a fifth of the others, on " + EDGES + " edges");
    report.setting("CPU", "of the process that reads Kafka and publishes");
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    try (LocalKafka kafka = LocalKafka.startToMeasure(TemporaryDirectory.create("kafka"));
        RedisNodes nodes = RedisNodes.start(1);
        RedisCluster redis = new RedisCluster(nodes.settings());
        ShardedChannels channels = new ShardedChannels(redis)) {
      KafkaSettings topics = kafka.settings(PARTITIONS);
      KafkaTopics.ensure(topics);
      fill(topics, events, meters);
      List<EdgePush> edges = edges(redis, meters);
      for (int i = 0; i < EDGES; i++) {
        channels.add(channel(i), message -> {}).join();
      }
      try (Child router = start(settings, "router", kafka, nodes, events);
          Child bare = start(settings, "bare", kafka, nodes, events)) {
        router.answer();
        bare.answer();
        for (int repetition = -1; repetition < settings.repetitions(); repetition++) {
          rewind(topics);
          ObjectNode routed = router.ask(Child.JSON.createObjectNode());
          ObjectNode looped = bare.ask(Child.JSON.createObjectNode());
          if (repetition >= 0) { // the first is to warm up
            report.sample(scenario, CONFAB, figures(routed));
            report.sample(scenario, BARE, figures(looped));
          }
        }
      } finally {
        edges.forEach(EdgePush::close);
      }
    }
    report.ratio(
        CPU + " of the router / of the bare loop",
        report.figure(scenario, CONFAB, CPU).median()
            / report.figure(scenario, BARE, CPU).median());
    report.atLeast(
        "events/s of one of 128 routers at the design's peak",
        report.figure(scenario, CONFAB, RATE).median(),
        4_000);
    return report;
  }

  private static Child start(
      Settings settings, String way, LocalKafka kafka, RedisNodes redis, int events)
      throws Exception {
    return Child.start(
        settings,
        "route-" + way,
        RoutesRun.class,
        way,
        kafka.servers(),
        String.valueOf(PARTITIONS),
        redis.settings().nodes().get(0),
        String.valueOf(events));
  }

  private static Map<String, Double> figures(ObjectNode answer) {
    double done = answer.get("done").doubleValue();
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put(RATE, done / answer.get("nanos").doubleValue() * 1e9);
    figures.put(CPU, answer.get("cpuNanos").doubleValue() / 1e3 / done);
    figures.put("publications/event", answer.get("published").doubleValue());
    return figures;
  }

  // --- What there is to route, and to whom

  /** The first member of a chat is one who is there. */
  private static String member(int chat, int place) {
    // Scattered: 2 to the 64th by the golden ratio, and the upper half of the product.
    long scattered = ((long) chat * MEMBERS + place + 1) * 0x9E3779B97F4A7C15L >>> 32;
    int user = (int) (scattered % USERS);
    return "user-" + (place == 0 ? user - user % ABSENT : user);
  }

  private static void fill(KafkaSettings topics, int events, SimpleMeterRegistry meters)
      throws InterruptedException {
    List<EncodedEvent> batch = new ArrayList<>();
    try (KafkaMirror mirror = new KafkaMirror(topics, new RoutesRun.NoLog(), meters)) {
      for (int i = 0; i < events; i++) {
        batch.add(event(i % CHATS, i / CHATS));
        if (batch.size() == BATCH || i == events - 1) {
          mirror.publish(batch);
          batch.clear();
        }
      }
    }
  }

  private static EncodedEvent event(int chat, long sequence) {
    String id = "chat-" + chat;
    String by = member(chat, 0);
    ConversationEvent event;
    if (sequence == 0) {
      List<Member> members = new ArrayList<>();
      for (int place = 0; place < MEMBERS; place++) {
        members.add(new Member(member(chat, place), place == 0 ? Role.OWNER : Role.MEMBER));
      }
      event = new ConversationStarted(Kind.GROUP, "bench", members);
    } else {
      event = new MessageSent(sequence, MessageContent.of(BODY));
    }
    EventEnvelope envelope = new EventEnvelope(id, sequence, Instant.now(), by, event);
    return new EncodedEvent(id, sequence, envelope.type(), EventJson.write(envelope));
  }

  /** Where the bare loop publishes for an edge. */
  static String channel(int edge) {
    return "bare:{" + edge + "}";
  }

  private static List<EdgePush> edges(RedisCluster redis, SimpleMeterRegistry meters) {
    var unused = redis.connect().join();
    List<EdgePush> edges = new ArrayList<>();
    for (int i = 0; i < EDGES; i++) {
      EdgePush edge = new EdgePush("e-" + i, Clock.systemUTC(), redis, meters);
      edge.start(
          new EdgePush.Listener() {
            @Override
            public void onEvents(List<RoutedEvent> events) {}

            @Override
            public void onGap() {}
          });
      edges.add(edge);
    }
    List<CompletableFuture<?>> known = new ArrayList<>();
    for (int user = 0; user < USERS; user += ABSENT) {
      known.add(edges.get(user / ABSENT % EDGES).user("user-" + user, true));
    }
    known.forEach(CompletableFuture::join);
    return edges;
  }

  /** The routers' group begins at the beginning; nobody is in it. */
  private static void rewind(KafkaSettings topics) throws Exception {
    Map<TopicPartition, OffsetAndMetadata> beginning = new HashMap<>();
    for (int i = 0; i < PARTITIONS; i++) {
      for (String topic : KafkaTopics.ALL) {
        beginning.put(new TopicPartition(topic, i), new OffsetAndMetadata(0));
      }
    }
    try (Admin admin =
        Admin.create(Map.of("bootstrap.servers", String.join(",", topics.bootstrapServers())))) {
      admin.alterConsumerGroupOffsets(Router.GROUP, beginning).all().get();
    }
  }
}
