package io.confab.services;

import io.confab.command.store.CosmosChangeFeed;
import io.confab.cosmos.CosmosConnection;
import io.confab.events.EncodedEvent;
import io.confab.kafka.KafkaMirror;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import io.confab.kafka.TopicMismatchException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way from the log in Cosmos DB to Kafka: gives the change feed, of which the processes of an
 * installation share the ranges, to the mirror. Needs neither to start: waits for Kafka, and says
 * so, on a thread of its own.
 */
final class ChangeFeedMirror implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChangeFeedMirror.class);
  private static final long PAUSE_MILLIS = 10_000;

  /** Under which places are noted in Cosmos DB: durable, so it never changes. */
  static final String NAME = "confab.mirror";

  private final CosmosConnection cosmos;
  private final KafkaMirror mirror;
  private final KafkaSettings settings;
  private final String instance;
  private final Thread starting = new Thread(this::awaitTopicsAndStart, "change-feed-start");
  private @Nullable CosmosChangeFeed feed;
  private boolean closed;

  /**
   * @param mirror closed with this
   * @param instance tells this process from the others
   */
  ChangeFeedMirror(
      CosmosConnection cosmos, KafkaMirror mirror, KafkaSettings settings, String instance) {
    this.cosmos = cosmos;
    this.mirror = mirror;
    this.settings = settings;
    this.instance = instance;
    starting.setDaemon(true);
  }

  /** Once. */
  void start() {
    starting.start();
  }

  private void awaitTopicsAndStart() {
    while (true) {
      try {
        KafkaTopics.ensure(settings);
        follow();
        return;
      } catch (InterruptedException stopped) {
        return;
      } catch (TopicMismatchException e) {
        LOG.error("Nothing is mirrored to Kafka: {}", e.getMessage());
      } catch (RuntimeException e) {
        LOG.error("The change feed cannot be followed, and is tried again", e);
      }
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException stopped) {
        return;
      }
    }
  }

  private synchronized void follow() {
    if (!closed) {
      feed = CosmosChangeFeed.start(cosmos, NAME, instance, this::publish);
    }
  }

  private void publish(List<EncodedEvent> events) {
    try {
      mirror.publish(events, CosmosChangeFeed.PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while events are mirrored", e);
    }
  }

  /** What is being mirrored is left half done, and comes again to whoever follows. */
  @Override
  public void close() {
    starting.interrupt();
    mirror.close(); // first, so that nobody waits for a Kafka that is away
    synchronized (this) {
      closed = true;
      if (feed != null) {
        feed.close();
      }
    }
  }
}
