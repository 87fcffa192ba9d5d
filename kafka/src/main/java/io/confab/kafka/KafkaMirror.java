package io.confab.kafka;

import io.confab.events.EncodedEvent;
import io.confab.events.EventJson;
import io.confab.events.EventLog;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one way from an event store to Kafka, whichever store it is. A whole batch is sent, then all
 * acknowledgements are awaited.
 *
 * <p>In a conversation no event is written before the one that precedes it, also where an attempt
 * fails: one request is under way at a time, and the first failure ends the producer before it
 * sends what was behind. Then the batch is sent again from its beginning by another producer:
 * events come twice, but none too early.
 *
 * <p>Safe for use by many threads, of which each has conversations of its own.
 */
public final class KafkaMirror implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaMirror.class);
  static final Duration FIRST_BACK_OFF = Duration.ofMillis(200);
  private static final Duration LONGEST_BACK_OFF = Duration.ofSeconds(10);

  /** How long acknowledgements may be missing before that is said, and said again. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Duration FOR_EVER = Duration.ofDays(36_500);

  private final KafkaSettings settings;
  private final Kinds kinds;
  private final Counter published;
  private final Timer age;
  private final Counter failures;
  private @Nullable Producer<byte[], byte[]> open;
  private boolean closed;

  /**
   * @param log asked for the first event of a conversation whose kind is not known
   */
  public KafkaMirror(KafkaSettings settings, EventLog log, MeterRegistry meters) {
    this.settings = settings;
    this.kinds = new Kinds(log);
    this.published =
        Counter.builder("confab.mirror.published")
            .description("Events that Kafka has acknowledged")
            .register(meters);
    this.age =
        Timer.builder("confab.mirror.age")
            .description(
                "From an event's own time to Kafka's acknowledgement, of the first of each batch")
            .serviceLevelObjectives(
                Duration.ofMillis(100),
                Duration.ofMillis(250),
                Duration.ofMillis(500),
                Duration.ofSeconds(1),
                Duration.ofSeconds(5),
                Duration.ofMinutes(1))
            .register(meters);
    this.failures =
        Counter.builder("confab.mirror.failures")
            .description("Attempts to mirror that failed, each of which is made again")
            .register(meters);
  }

  /**
   * Returns when all the events are acknowledged by as many brokers as must be. What fails is done
   * again, for ever, with a growing wait. The topics must be there.
   *
   * @param events in order where they are of one conversation
   * @throws InterruptedException with any part of the batch in Kafka or not: to be published again
   * @throws IllegalStateException after {@link #close}
   */
  public void publish(List<EncodedEvent> events) throws InterruptedException {
    publish(events, FOR_EVER);
  }

  /**
   * The same, but gives up after {@code patience}, or up to 10 s later where Kafka is away.
   *
   * @throws IllegalStateException after {@code patience}, with any part of the batch in Kafka or
   *     not: to be published again; or after {@link #close}
   */
  public void publish(List<EncodedEvent> events, Duration patience) throws InterruptedException {
    if (events.isEmpty()) {
      return;
    }
    long start = System.nanoTime();
    Duration wait = FIRST_BACK_OFF;
    while (true) {
      Attempt attempt = new Attempt(producer(), events.size());
      try {
        attempt.send(events, left(start, patience));
        published.increment(events.size());
        recordAge(events.get(0));
        return;
      } catch (InterruptedException | InterruptException e) {
        var unused =
            Thread.interrupted(); // Kafka's exception sets it too, and the close would fail
        abandon(attempt.producer);
        throw new InterruptedException("interrupted while " + events.size() + " events are sent");
      } catch (ExecutionException | RuntimeException e) {
        abandon(attempt.producer);
        failures.increment();
        LOG.error(
            "{} events could not be mirrored to {}, and are sent again in {} ms",
            events.size(),
            settings.servers(),
            wait.toMillis(),
            e);
      }
      Duration left = left(start, patience);
      if (left.isNegative() || left.isZero()) {
        throw new IllegalStateException(
            events.size() + " events could not be mirrored within " + patience.toSeconds() + " s");
      }
      Thread.sleep(Math.min(wait.toMillis(), left.toMillis()));
      wait = longer(wait);
    }
  }

  private static Duration left(long start, Duration patience) {
    return patience.minusNanos(System.nanoTime() - start);
  }

  private void recordAge(EncodedEvent event) {
    Instant at = EventJson.at(event.envelope());
    if (at != null) {
      age.record(Duration.between(at, Instant.now()));
    }
  }

  /** The wait after that one. */
  static Duration longer(Duration wait) {
    Duration twice = wait.multipliedBy(2);
    return twice.compareTo(LONGEST_BACK_OFF) < 0 ? twice : LONGEST_BACK_OFF;
  }

  /** Counts what failed before anything could be published. */
  void failed() {
    failures.increment();
  }

  private synchronized Producer<byte[], byte[]> producer() {
    if (closed) {
      throw new IllegalStateException("the mirror is closed");
    }
    Producer<byte[], byte[]> producer = open;
    if (producer == null) {
      producer = new KafkaProducer<>(KafkaClients.producer(settings, "confab-mirror"));
      open = producer;
    }
    return producer;
  }

  /** Nothing that this producer holds is sent after this returns. */
  private void abandon(Producer<byte[], byte[]> producer) {
    synchronized (this) {
      if (open == producer) {
        open = null;
      }
    }
    producer.close(Duration.ZERO);
  }

  /** Ends what is being sent, without waiting for it. */
  @Override
  public void close() {
    Producer<byte[], byte[]> producer;
    synchronized (this) {
      closed = true;
      producer = open;
    }
    if (producer != null) {
      abandon(producer);
    }
  }

  /** One way of a batch through one producer. */
  private final class Attempt implements Callback {
    private final Producer<byte[], byte[]> producer;
    private final AtomicInteger missing;
    private final CompletableFuture<Void> acknowledged = new CompletableFuture<>();

    Attempt(Producer<byte[], byte[]> producer, int events) {
      this.producer = producer;
      this.missing = new AtomicInteger(events);
    }

    /**
     * @throws KafkaException where not all is acknowledged within {@code patience}
     */
    void send(List<EncodedEvent> events, Duration patience)
        throws InterruptedException, ExecutionException {
      long start = System.nanoTime();
      for (EncodedEvent event : events) {
        if (acknowledged.isCompletedExceptionally()) {
          break; // nothing may follow what was not written
        }
        var unused = producer.send(EventRecords.encode(event, kinds.of(event)), this);
      }
      while (true) {
        Duration left = left(start, patience);
        Duration wait = left.compareTo(PATIENCE) < 0 ? left : PATIENCE;
        try {
          acknowledged.get(wait.toNanos(), TimeUnit.NANOSECONDS);
          return;
        } catch (TimeoutException e) {
          if (left(start, patience).isNegative()) {
            throw new KafkaException(missing + " events are not acknowledged", e);
          }
          LOG.warn(
              "Kafka at {} has not acknowledged {} events for {} s",
              settings.servers(),
              missing,
              wait.toSeconds());
        }
      }
    }

    @Override
    public void onCompletion(RecordMetadata metadata, @Nullable Exception failure) {
      if (failure != null) {
        acknowledged.completeExceptionally(failure);
        // Here and not later: on the producer's own thread, before it sends anything more.
        producer.close(Duration.ZERO);
      } else if (missing.decrementAndGet() == 0) {
        acknowledged.complete(null);
      }
    }
  }
}
