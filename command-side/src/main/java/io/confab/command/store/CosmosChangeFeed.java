package io.confab.command.store;

import com.azure.cosmos.ChangeFeedProcessor;
import com.azure.cosmos.ChangeFeedProcessorBuilder;
import com.azure.cosmos.models.ChangeFeedProcessorItem;
import com.azure.cosmos.models.ChangeFeedProcessorOptions;
import io.confab.cosmos.ContainerDescription;
import io.confab.cosmos.CosmosConnection;
import io.confab.events.EncodedEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands all events of the store in Cosmos DB to a consumer, as they become durable: from the
 * beginning of the store the first time, later from where it stopped.
 *
 * <ul>
 *   <li><b>Delivery</b> is at least once. Where it stopped is noted only after the consumer has
 *       returned; what it fails on it gets again, and nothing behind it before. What it has not
 *       taken after {@link #PATIENCE} is read again, by this instance or another.
 *   <li><b>Order.</b> Events of one conversation come in the order of their sequences, but for two
 *       cases: some may come again, and around the end of a bucket of 2^17 sequences the next
 *       bucket may be ahead. Who sees a hole reads it from the log.
 *   <li><b>Sharing.</b> Instances of one name share the ranges of the container by leases. One that
 *       ends without releasing its own is followed by another within {@link #LEASE}.
 *   <li><b>Threads.</b> The consumer is called on threads of the processor, on several at once
 *       where there are several ranges, and may block.
 * </ul>
 */
public final class CosmosChangeFeed implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CosmosChangeFeed.class);

  /** Where instances note what they have and how far they are. */
  static final ContainerDescription LEASES = ContainerDescription.of("leases", "/id");

  /** How long a range waits for one that has died. */
  public static final Duration LEASE = Duration.ofSeconds(10);

  /**
   * How long a consumer may take, each time. The processor gives a range up 25 renewals (75 s)
   * after the last page and reads the same again on another thread, though this one is still at it:
   * they would pile up while the consumer's own target is away.
   */
  public static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration RENEW = Duration.ofSeconds(3);
  private static final Duration ACQUIRE = Duration.ofSeconds(1);
  private static final int COMMITS_AT_ONCE = 500;
  private static final Duration FIRST_RETRY = Duration.ofMillis(100);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(5);
  private static final Duration START = Duration.ofSeconds(60);

  private final Consumer<List<EncodedEvent>> consumer;
  private final Duration patience;
  private final ChangeFeedProcessor processor;
  private final CountDownLatch closed = new CountDownLatch(1);

  private CosmosChangeFeed(
      CosmosConnection connection,
      String name,
      String instance,
      Duration patience,
      Consumer<List<EncodedEvent>> consumer) {
    this.consumer = consumer;
    this.patience = patience;
    this.processor =
        new ChangeFeedProcessorBuilder()
            .hostName(instance)
            .feedContainer(connection.container(CosmosLog.EVENTS.name()))
            .leaseContainer(connection.leaseContainer(LEASES.name()))
            .options(
                new ChangeFeedProcessorOptions()
                    .setLeasePrefix(name)
                    .setStartFromBeginning(true)
                    .setFeedPollDelay(POLL)
                    .setMaxItemCount(COMMITS_AT_ONCE)
                    .setLeaseExpirationInterval(LEASE)
                    .setLeaseRenewInterval(RENEW)
                    .setLeaseAcquireInterval(ACQUIRE))
            .handleLatestVersionChanges(this::handle)
            .buildChangeFeedProcessor();
  }

  /**
   * Sees to it that the containers are there, and starts.
   *
   * @param connection stays open when the feed is closed
   * @param name under which places are noted: feeds of one name share the events, those of another
   *     get them all too
   * @param instance tells apart the processes that share a name
   * @param consumer gets events that need not be of one conversation; what it throws is logged, and
   *     it is called again with the same events until it returns. To return or throw within {@link
   *     #PATIENCE}
   */
  public static CosmosChangeFeed start(
      CosmosConnection connection,
      String name,
      String instance,
      Consumer<List<EncodedEvent>> consumer) {
    return start(connection, name, instance, PATIENCE, consumer);
  }

  static CosmosChangeFeed start(
      CosmosConnection connection,
      String name,
      String instance,
      Duration patience,
      Consumer<List<EncodedEvent>> consumer) {
    connection.ensureContainer(CosmosLog.EVENTS);
    connection.ensureContainer(LEASES);
    CosmosChangeFeed feed = new CosmosChangeFeed(connection, name, instance, patience, consumer);
    feed.processor.start().block(START);
    return feed;
  }

  /**
   * Ends, and lets the next instance have its ranges; a consumer that is called may still return.
   */
  @Override
  public void close() {
    closed.countDown();
    processor.stop().block(START);
  }

  private void handle(List<ChangeFeedProcessorItem> commits) {
    List<EncodedEvent> events = new ArrayList<>();
    for (ChangeFeedProcessorItem commit : commits) {
      for (StoredEvent event : CommitDocument.events(commit.getCurrent())) {
        events.add(event.encoded());
      }
    }
    long start = System.nanoTime();
    Duration pause = FIRST_RETRY;
    while (!accepted(events)) {
      // Without an exception the place would be noted as if they had been accepted.
      if (closedWithin(pause)) {
        throw new IllegalStateException(
            "the change feed was closed before its events were accepted");
      }
      if (System.nanoTime() - start >= patience.toNanos()) {
        throw new IllegalStateException(
            events.size() + " events were not accepted within " + patience.toSeconds() + " s");
      }
      Duration twice = pause.multipliedBy(2);
      pause = twice.compareTo(LONGEST_RETRY) < 0 ? twice : LONGEST_RETRY;
    }
  }

  private boolean accepted(List<EncodedEvent> events) {
    try {
      consumer.accept(events);
      return true;
    } catch (RuntimeException e) {
      log.error("The consumer of the change feed failed, and gets the same events again", e);
      return false;
    }
  }

  private boolean closedWithin(Duration pause) {
    try {
      return closed.await(pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}
