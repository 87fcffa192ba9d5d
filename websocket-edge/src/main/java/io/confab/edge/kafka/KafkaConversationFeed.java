package io.confab.edge.kafka;

import io.confab.edge.ConversationFeed;
import io.confab.events.EncodedEvent;
import io.confab.events.EventLog;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.Kinds;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The live feed of an edge from Kafka: of {@code confab.channels} the partitions that hold channels
 * with subscribers here; of {@code confab.chats} all of them, until chats are pushed to the edges
 * of their members. Who is added to a channel in which nobody here takes part is therefore not
 * seen: that too is for the push.
 *
 * <p>What the feed may have missed is made good through {@link Listener#onHead}: for a conversation
 * that is new here as soon as its partition is read; for all after the consumer was made anew,
 * which is what any failure leads to; and every 20 s for each conversation of which the log knows
 * more than the feed has brought in the 2 s that follow. A record that is no event is counted,
 * logged as an error and passed over, because the log has what it hides.
 *
 * <p>Takes one subscription at a time, and needs Kafka neither to start nor to go on: while it is
 * away, the heads alone bring what there is.
 */
public final class KafkaConversationFeed implements ConversationFeed {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaConversationFeed.class);
  private static final Duration COMPARE_EVERY = Duration.ofSeconds(20);
  private static final Duration GRACE = Duration.ofSeconds(2);
  private static final long RETRY_MILLIS = 1_000;

  private final KafkaSettings settings;
  private final EventLog log;
  private final Kinds kinds;
  private final MeterRegistry meters;
  private final Duration compareEvery;
  private final Duration grace;
  private final Map<String, Interest> interests = new ConcurrentHashMap<>();
  private volatile @Nullable Running running;

  public KafkaConversationFeed(KafkaSettings settings, EventLog log, MeterRegistry meters) {
    this(settings, log, meters, COMPARE_EVERY, GRACE);
  }

  KafkaConversationFeed(
      KafkaSettings settings,
      EventLog log,
      MeterRegistry meters,
      Duration compareEvery,
      Duration grace) {
    this.settings = settings;
    this.log = log;
    this.kinds = new Kinds(log);
    this.meters = meters;
    this.compareEvery = compareEvery;
    this.grace = grace;
  }

  @Override
  public synchronized Subscription subscribe(Listener listener) {
    if (running != null) {
      throw new IllegalStateException("this feed has a listener");
    }
    Running started = new Running(listener);
    running = started;
    interests.values().forEach(started::begin);
    started.start();
    return started;
  }

  @Override
  public void interest(String conversation, boolean wanted) {
    Interest changed;
    if (wanted) {
      changed = new Interest(conversation);
      interests.put(conversation, changed);
    } else {
      changed = interests.remove(conversation);
    }
    Running present = running;
    if (present == null || changed == null) {
      return;
    }
    if (wanted) {
      present.begin(changed);
    } else {
      present.end(changed);
    }
  }

  private final class Running implements Subscription {
    private final Listener listener;

    /** Finds out kinds, in order; may block. */
    private final ScheduledExecutorService resolver = thread("edge-kafka-interest");

    /** Compares heads; may block. */
    private final ScheduledExecutorService heads = thread("edge-kafka-heads");

    private final PartitionReader reader;

    Running(Listener listener) {
      this.listener = listener;
      this.reader = new PartitionReader(settings, meters, this::bring, this::compareNow);
    }

    void start() {
      reader.start();
      var unused =
          heads.scheduleWithFixedDelay(
              this::compareAll,
              compareEvery.toMillis(),
              compareEvery.toMillis(),
              TimeUnit.MILLISECONDS);
    }

    void begin(Interest interest) {
      resolver.execute(() -> resolve(interest));
    }

    void end(Interest interest) {
      resolver.execute(() -> reader.change(interest, false));
    }

    private void resolve(Interest interest) {
      if (interests.get(interest.conversation) != interest) {
        return;
      }
      try {
        interest.kind = kinds.of(interest.conversation);
        reader.change(interest, true);
      } catch (RuntimeException e) {
        LOG.error("Cannot read what {} is, and try again", interest.conversation, e);
        var unused =
            resolver.schedule(() -> resolve(interest), RETRY_MILLIS, TimeUnit.MILLISECONDS);
      }
    }

    private void bring(List<EncodedEvent> events) {
      listener.onEvents(events);
      for (EncodedEvent event : events) {
        Interest interest = interests.get(event.conversation());
        if (interest != null) {
          interest.reached(event.sequence());
        }
      }
    }

    /** From now on these are read: what is in the log may have come before. */
    private void compareNow(List<Interest> begun) {
      heads.execute(() -> begun.forEach(interest -> tell(interest, head(interest))));
    }

    private void compareAll() {
      Map<Interest, Long> behind = new HashMap<>();
      for (Interest interest : interests.values()) {
        long head = head(interest);
        if (head > interest.reached()) {
          behind.put(interest, head);
        }
      }
      var unused =
          heads.schedule(() -> behind.forEach(this::tell), grace.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void tell(Interest interest, long head) {
      if (head > interest.reached()) {
        interest.reached(head);
        listener.onHead(interest.conversation, head);
      }
    }

    /** -1 where the log does not say; the next comparison asks again. */
    private long head(Interest interest) {
      try {
        return log.head(interest.conversation);
      } catch (RuntimeException e) {
        LOG.warn("Cannot read the head of {}", interest.conversation, e);
        return -1;
      }
    }

    @Override
    public void close() {
      synchronized (KafkaConversationFeed.this) {
        running = null;
      }
      resolver.shutdownNow();
      heads.shutdownNow();
      reader.close();
    }
  }

  private static ScheduledExecutorService thread(String name) {
    return new ScheduledThreadPoolExecutor(
        1,
        task -> {
          Thread thread = new Thread(task, name);
          thread.setDaemon(true);
          return thread;
        },
        new ScheduledThreadPoolExecutor.DiscardPolicy()); // what comes after the end
  }
}
