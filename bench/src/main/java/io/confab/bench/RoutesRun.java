package io.confab.bench;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisSettings;
import io.confab.edge.route.ChatMembers;
import io.confab.edge.route.Router;
import io.confab.events.EncodedEvent;
import io.confab.events.EventLog;
import io.confab.kafka.EventRecords;
import io.confab.kafka.KafkaClients;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import tools.jackson.databind.node.ObjectNode;

/** Brings all chats of Kafka to the edges at each question. */
final class RoutesRun {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final Duration POLL = Duration.ofMillis(100);

  private RoutesRun() {}

  /** Which has nothing that the router had not seen. */
  static final class NoLog implements EventLog, ChatMembers {
    @Override
    public long head(String conversation) {
      throw new IllegalStateException("asked for " + conversation);
    }

    @Override
    public List<EncodedEvent> read(String conversation, long from, int limit) {
      throw new IllegalStateException("asked for " + conversation);
    }

    @Override
    public AsOf of(String conversation) {
      throw new IllegalStateException("asked for " + conversation);
    }
  }

  /** Arguments: {@code router} or {@code bare}, Kafka, partitions, the Redis node, events. */
  public static void main(String[] arguments) {
    KafkaSettings kafka =
        new KafkaSettings(List.of(arguments[1]), Integer.parseInt(arguments[2]), 0, 2);
    RedisCluster redis =
        new RedisCluster(new RedisSettings(List.of(arguments[3]), null, null, false, TIMEOUT));
    var unused = redis.connect().join();
    long events = Long.parseLong(arguments[4]);
    boolean bare = arguments[0].equals("bare");
    Child.serve(
        Child.JSON.createObjectNode(),
        question -> bare ? bare(kafka, redis, events) : route(kafka, redis, events));
  }

  /** The time is that from the first batch on. */
  private static ObjectNode route(KafkaSettings kafka, RedisCluster redis, long events)
      throws InterruptedException {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    NoLog none = new NoLog();
    Router router = new Router(kafka, none, none, Clock.systemUTC(), redis, meters);
    Counter routed = meters.counter("confab.router.routed");
    router.start();
    while (routed.count() == 0) {
      Thread.sleep(1);
    }
    Round round = new Round();
    double before = routed.count();
    while (routed.count() < events) {
      Thread.sleep(1);
    }
    router.close(); // when the last batch is published
    if (meters.counter("confab.router.dropped").count() > 0) {
      throw new IllegalStateException("events were dropped");
    }
    ObjectNode answer = round.end((long) (events - before), Round.histogram());
    answer.put("published", meters.counter("confab.router.published").count() / events);
    return answer;
  }

  /** Each event to one edge, whomever it concerns. */
  private static ObjectNode bare(KafkaSettings kafka, RedisCluster redis, long events) {
    List<TopicPartition> partitions =
        IntStream.range(0, kafka.partitions())
            .mapToObj(i -> new TopicPartition(KafkaTopics.CHATS, i))
            .toList();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(KafkaClients.consumer(kafka, "bare"))) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Round round = new Round();
      long done = 0;
      while (done < events) {
        List<CompletableFuture<Long>> published = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          EncodedEvent event = EventRecords.decode(record);
          String channel = Routes.channel((int) (event.sequence() % Routes.EDGES));
          String message = new String(event.envelope(), StandardCharsets.UTF_8);
          published.add(redis.run(c -> c.spublish(channel, message)));
        }
        published.forEach(CompletableFuture::join);
        done += published.size();
      }
      ObjectNode answer = round.end(done, Round.histogram());
      answer.put("published", 1.0);
      return answer;
    }
  }
}
