package io.confab.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confab.edge.kafka.KafkaConversationFeed;
import io.confab.events.EncodedEvent;
import io.confab.kafka.KafkaMirror;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import io.confab.kafka.LocalKafka;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Subscribers of an edge whose feed is a real Kafka. */
class KafkaEdgeTest {
  private static final Duration LONG = Duration.ofSeconds(90);
  private static final List<String> CHANNELS = List.of("c-0", "c-1", "c-2");

  @TempDir static Path directory;
  private static LocalKafka kafka;
  private static KafkaSettings settings;

  private final BlockingQueue<EncodedEvent> durable = new LinkedBlockingQueue<>();

  @BeforeAll
  static void startBroker() throws Exception {
    kafka = LocalKafka.start(directory);
    settings = kafka.settings(16);
    KafkaTopics.ensure(settings);
  }

  @AfterAll
  static void stopBroker() throws Exception {
    kafka.close();
  }

  @Test
  void aBrokerThatIsKilledAndStartedLosesNothingForASubscriber() throws Exception {
    try (EdgeInMemory edge =
            new EdgeInMemory(
                EdgeSettings.DEFAULT,
                made -> new KafkaConversationFeed(settings, made.confab, null, made.registry));
        KafkaMirror mirror = new KafkaMirror(settings, edge.confab, new SimpleMeterRegistry())) {
      Thread mirroring = new Thread(() -> mirror(mirror));
      mirroring.start();
      edge.confab.onAppend = durable::add;
      List<EdgeInMemory.Client> clients = new ArrayList<>();
      for (String channel : CHANNELS) {
        edge.confab.start(channel, "ann", "bob");
        EdgeInMemory.Client client = edge.new Client("ann");
        client.subscribe("s", Destinations.topic(channel), "after:-1");
        clients.add(client);
      }
      say(edge, 50);
      awaitAll(edge, clients);
      await().atMost(LONG).until(() -> partitions(edge) > 16);

      kafka.kill();
      say(edge, 50);
      EdgeInMemory.Client late = edge.new Client("bob");
      late.subscribe("s", Destinations.topic(CHANNELS.get(0)), "after:-1");
      kafka.start();
      say(edge, 50);
      awaitAll(edge, clients);
      assertThat(awaitSequences(edge, late, CHANNELS.get(0))).isTrue();

      clients.forEach(client -> client.send("UNSUBSCRIBE", "", "id:s"));
      late.send("UNSUBSCRIBE", "", "id:s");
      await().atMost(LONG).until(() -> partitions(edge) == 16);
      mirroring.interrupt();
      mirroring.join();
    }
  }

  private void mirror(KafkaMirror mirror) {
    try {
      while (true) {
        List<EncodedEvent> batch = new ArrayList<>(List.of(durable.take()));
        durable.drainTo(batch);
        mirror.publish(batch);
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private static void say(EdgeInMemory edge, int times) {
    for (int i = 0; i < times; i++) {
      CHANNELS.forEach(channel -> edge.confab.say(channel, "ann", "hello"));
    }
  }

  private static double partitions(EdgeInMemory edge) {
    return edge.registry.get("confab.edge.feed.partitions").gauge().value();
  }

  private static void awaitAll(EdgeInMemory edge, List<EdgeInMemory.Client> clients) {
    for (int i = 0; i < CHANNELS.size(); i++) {
      assertThat(awaitSequences(edge, clients.get(i), CHANNELS.get(i))).isTrue();
    }
  }

  /** Each sequence from 0 to the head, once and in order. */
  private static boolean awaitSequences(
      EdgeInMemory edge, EdgeInMemory.Client client, String channel) {
    List<Long> all = LongStream.rangeClosed(0, edge.confab.head(channel)).boxed().toList();
    await().atMost(LONG).until(() -> client.sequences("s").size() >= all.size());
    return client.sequences("s").equals(all);
  }
}
