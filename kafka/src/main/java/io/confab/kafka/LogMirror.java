package io.confab.kafka;

import io.confab.events.EncodedEvent;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the log of a local event store and mirrors it to Kafka, in the order of the log. Goes on
 * from where it was, also after a kill: what was mirrored in the last half second before is
 * mirrored again. Whatever fails is logged as an error, counted, and tried again for ever.
 *
 * <p>Does not need Kafka to start, and holds nothing up while Kafka is away.
 */
public final class LogMirror implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogMirror.class);
  private static final int BATCH = 4_096;

  /** How much is mirrored again at most after a kill, as time. */
  private static final Duration COMMIT_EVERY = Duration.ofMillis(500);

  /** Kafka forgets positions that are not kept again for a week. */
  private static final Duration KEEP_EVERY = Duration.ofHours(1);

  private static final Duration STOP = Duration.ofSeconds(10);

  private final MirroredLog log;
  private final KafkaMirror mirror;
  private final KafkaSettings settings;
  private final Thread thread = new Thread(this::run, "kafka-mirror");
  private volatile long mirrored;

  /**
   * @param mirror closed with this
   */
  public LogMirror(
      MirroredLog log, KafkaMirror mirror, KafkaSettings settings, MeterRegistry meters) {
    this.log = log;
    this.mirror = mirror;
    this.settings = settings;
    thread.setDaemon(true);
    Gauge.builder("confab.mirror.lag", this, LogMirror::lag)
        .baseUnit("events")
        .description("Durable events that Kafka has not acknowledged")
        .register(meters);
  }

  /** Once. */
  public void start() {
    thread.start();
  }

  /** How many durable events are not known to be in Kafka. */
  public long lag() {
    return Math.max(0, log.last() + 1 - mirrored);
  }

  private void run() {
    Duration wait = KafkaMirror.FIRST_BACK_OFF;
    while (true) {
      long before = mirrored;
      try {
        follow();
      } catch (InterruptedException | InterruptException stopped) {
        return;
      } catch (TopicMismatchException e) {
        LOG.error("Nothing is mirrored to Kafka: {}", e.getMessage());
      } catch (Throwable e) {
        // An Error too: a mirror that ended would leave Kafka behind without a word.
        LOG.error("The mirror to Kafka stands at {} and tries again", mirrored, e);
      }
      mirror.failed();
      wait = mirrored > before ? KafkaMirror.FIRST_BACK_OFF : KafkaMirror.longer(wait);
      try {
        Thread.sleep(wait.toMillis());
      } catch (InterruptedException stopped) {
        return;
      }
    }
  }

  private void follow() throws InterruptedException {
    KafkaTopics.ensure(settings);
    try (MirrorPosition position = new MirrorPosition(settings)) {
      long next = position.next(log);
      mirrored = next;
      long committed = next;
      long committedAt = System.nanoTime();
      List<EncodedEvent> events = next == 0 ? List.of() : log.read(next - 1, 1);
      EncodedEvent last = events.isEmpty() ? null : events.get(0);
      while (true) {
        events = log.read(next, BATCH);
        mirror.publish(events);
        if (!events.isEmpty()) {
          next += events.size();
          mirrored = next;
          last = events.get(events.size() - 1);
        }
        Duration since = Duration.ofNanos(System.nanoTime() - committedAt);
        if (due(since, next > committed) && last != null) {
          position.commit(next, last);
          committed = next;
          committedAt = System.nanoTime();
        }
        log.await(next - 1, COMMIT_EVERY);
      }
    }
  }

  private static boolean due(Duration since, boolean moved) {
    return since.compareTo(moved ? COMMIT_EVERY : KEEP_EVERY) >= 0;
  }

  /** Stops, in the middle of a batch too; waits 10 s at most. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(STOP.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    mirror.close();
  }
}
