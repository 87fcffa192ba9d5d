package io.confab.services;

import io.confab.command.store.CosmosChangeFeed;
import io.confab.cosmos.CosmosConnection;
import io.confab.events.EncodedEvent;
import io.confab.kafka.KafkaMirror;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.KafkaTopics;
import io.confab.kafka.TopicMismatchException;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way from the log in Cosmos DB to Kafka: gives the change feed, of which the processes of an
 * installation share the ranges, to the mirror. Needs neither to start: waits for Kafka, and says
 * so, on a thread of its own.
 *
 * <p>How far it is, is noted for the topics by their ids: topics that were made anew get the feed
 * from its beginning. Where that happens under a running process it sees so within 5 s, or before
 * it tries again what could not be mirrored.
 */
final class ChangeFeedMirror implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChangeFeedMirror.class);
  private static final long PAUSE_MILLIS = 10_000;
  private static final long WATCH_MILLIS = 5_000;

  /** Short, so that the topics are looked at between two tries. */
  private static final Duration ATTEMPT = Duration.ofSeconds(10);

  /**
   * Under which places are noted in Cosmos DB, with a dot and the topics' identity behind it:
   * durable, so it never changes.
   */
  static final String NAME = "confab.mirror";

  private final CosmosConnection cosmos;
  private final Supplier<KafkaMirror> mirrors;
  private final KafkaSettings settings;
  private final String instance;
  private final Thread watching = new Thread(this::watch, "change-feed-watch");
  private @Nullable Following following;
  private boolean closed;

  /**
   * @param mirrors makes one for each feed, which is closed with it
   * @param instance tells this process from the others
   */
  ChangeFeedMirror(
      CosmosConnection cosmos,
      Supplier<KafkaMirror> mirrors,
      KafkaSettings settings,
      String instance) {
    this.cosmos = cosmos;
    this.mirrors = mirrors;
    this.settings = settings;
    this.instance = instance;
    watching.setDaemon(true);
  }

  /** Once. */
  void start() {
    watching.start();
  }

  private void watch() {
    @Nullable String before = null;
    while (true) {
      long pause = PAUSE_MILLIS;
      try {
        if (before == null || changed(before)) {
          leave(); // before the topics are made, or it would go on in the middle of those
          KafkaTopics.ensure(settings);
          String topics = KafkaTopics.identity(settings);
          if (topics != null) {
            if (before != null && !before.equals(topics)) {
              sayAnew();
            }
            follow(topics);
            before = topics;
          }
        }
        pause = WATCH_MILLIS;
      } catch (InterruptedException stopped) {
        return;
      } catch (TopicMismatchException e) {
        LOG.error("Nothing is mirrored to Kafka: {}", e.getMessage());
      } catch (RuntimeException e) {
        LOG.error("The change feed cannot be followed, and is tried again", e);
        leave();
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException stopped) {
        return;
      }
    }
  }

  /** Also where nothing is followed, because the last try failed. Not where Kafka is away. */
  private boolean changed(String before) {
    synchronized (this) {
      if (following == null) {
        return true;
      }
    }
    try {
      return !before.equals(KafkaTopics.identity(settings));
    } catch (KafkaException away) {
      return false; // the mirror says so, as soon as there is something to mirror
    }
  }

  private static void sayAnew() {
    LOG.error(
        "The topics {} were made anew, and are filled from the beginning of the log. Where GET"
            + " /api/events is refused afterwards, end every command-side, delete them, and start"
            + " again",
        KafkaTopics.ALL);
  }

  private synchronized void follow(String topics) {
    if (!closed) {
      Following next = new Following(topics);
      following = next;
      next.start();
    }
  }

  private synchronized void leave() {
    Following present = following;
    following = null;
    if (present != null) {
      present.close();
    }
  }

  /** What is being mirrored is left half done, and comes again to whoever follows. */
  @Override
  public void close() {
    watching.interrupt();
    synchronized (this) {
      closed = true;
      leave();
    }
  }

  /** A feed and the mirror that it goes to, for these topics and no others. */
  private final class Following implements AutoCloseable {
    private final String topics;
    private final KafkaMirror mirror = mirrors.get();
    private volatile boolean doubtful;
    private @Nullable CosmosChangeFeed feed;

    Following(String topics) {
      this.topics = topics;
    }

    void start() {
      feed = CosmosChangeFeed.start(cosmos, NAME + "." + topics, instance, this::publish);
    }

    /**
     * Once something has failed, the topics may be others: what was written to those from the
     * middle of a conversation would stand before its beginning for good.
     */
    private void publish(List<EncodedEvent> events) {
      if (doubtful) {
        if (!topics.equals(KafkaTopics.identity(settings))) {
          throw new IllegalStateException("the topics are not those that were followed");
        }
        doubtful = false;
      }
      boolean published = false;
      try {
        mirror.publish(events, ATTEMPT);
        published = true;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while events are mirrored", e);
      } finally {
        if (!published) {
          doubtful = true;
        }
      }
    }

    @Override
    public void close() {
      mirror.close(); // first, so that nobody waits for a Kafka that is away
      if (feed != null) {
        feed.close();
      }
    }
  }
}
