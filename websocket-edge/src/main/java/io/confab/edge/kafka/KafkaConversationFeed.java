package io.confab.edge.kafka;

import io.confab.edge.ConversationFeed;
import io.confab.edge.route.EdgePush;
import io.confab.edge.route.RoutedEvent;
import io.confab.events.EncodedEvent;
import io.confab.events.EventLog;
import io.confab.events.Kind;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.Kinds;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The live feed of an edge: channels from Kafka, of {@code confab.channels} the partitions that
 * hold channels with subscribers here; chats, and who is added to what, from what the routers push
 * to this edge. Without a push it reads {@code confab.chats} whole, and who is added to a channel
 * in which nobody here takes part is found by {@link Listener#onDoubt} alone.
 *
 * <p>What the feed may have missed is made good through {@link Listener#onHead}: for a channel that
 * is new here as soon as its partition is read; for all after the consumer was made anew, which is
 * what any failure leads to; for all after a gap in what is pushed; and every 20 s for each
 * conversation of which the log knows more than the feed has brought in the 2 s that follow. In the
 * same way through {@link Listener#onDoubt}: for all users here after a gap in what is pushed, and
 * every 60 s for each, or less often where that would be more than 100 a second. A record that is
 * no event is counted, logged as an error and passed over, because the log has what it hides.
 *
 * <p>Takes one subscription at a time, with a push one in all, and needs neither Kafka nor Redis to
 * start or to go on: while they are away, the heads alone bring what there is.
 */
public final class KafkaConversationFeed implements ConversationFeed {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaConversationFeed.class);
  private static final Rhythm RHYTHM =
      new Rhythm(Duration.ofSeconds(20), Duration.ofSeconds(2), Duration.ofSeconds(60));

  /** 100 a second: each is a query to the views, which many edges ask. */
  private static final Duration DOUBTS_APART = Duration.ofMillis(10);

  private static final long RETRY_MILLIS = 1_000;
  private static final int RESOLVERS = 4;

  private final KafkaSettings settings;
  private final EventLog log;
  private final Kinds kinds;
  private final MeterRegistry meters;
  private final @Nullable EdgePush push;
  private final Rhythm rhythm;
  private final Map<String, Interest> interests = new ConcurrentHashMap<>();
  private final Set<String> users = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Running running;

  /**
   * When the feed looks for what it may have missed.
   *
   * @param compare how often each head is compared
   * @param grace how long after that the feed may still bring what the log has
   * @param doubt how often each user is in doubt, where they are few enough
   */
  record Rhythm(Duration compare, Duration grace, Duration doubt) {}

  /**
   * @param push started and closed by the subscription; null where nothing is pushed
   */
  public KafkaConversationFeed(
      KafkaSettings settings, EventLog log, @Nullable EdgePush push, MeterRegistry meters) {
    this(settings, log, push, meters, RHYTHM);
  }

  KafkaConversationFeed(
      KafkaSettings settings,
      EventLog log,
      @Nullable EdgePush push,
      MeterRegistry meters,
      Rhythm rhythm) {
    this.settings = settings;
    this.log = log;
    this.kinds = new Kinds(log);
    this.push = push;
    this.meters = meters;
    this.rhythm = rhythm;
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
  public CompletableFuture<@Nullable Void> user(String user, boolean here) {
    if (here) {
      users.add(user);
    } else {
      users.remove(user);
    }
    return push == null ? CompletableFuture.completedFuture(null) : push.user(user, here);
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

  private final class Running implements Subscription, EdgePush.Listener {
    private final Listener listener;

    /** Finds out kinds; may block. */
    private final ScheduledExecutorService resolvers = threads("edge-kafka-interest", RESOLVERS);

    /** Tells once the grace is over. */
    private final ScheduledExecutorService grace = threads("edge-heads-grace", 1);

    private final Rounds<Interest> heads =
        new Rounds<>(
            "edge-heads", rhythm.compare(), Duration.ZERO, interests::values, this::compare);
    private final Rounds<String> doubts =
        new Rounds<>("edge-doubts", rhythm.doubt(), DOUBTS_APART, () -> users, this::doubt);
    private final PartitionReader reader;

    /** The listener takes events from one thread at a time. */
    private final Object bringing = new Object();

    Running(Listener listener) {
      this.listener = listener;
      this.reader =
          new PartitionReader(
              settings, meters, push == null, this::bring, begun -> begun.forEach(heads::hurry));
    }

    void start() {
      reader.start();
      heads.start();
      doubts.start();
      if (push != null) {
        push.start(this);
      }
    }

    void begin(Interest interest) {
      resolvers.execute(() -> resolve(interest));
    }

    void end(Interest interest) {
      reader.change(interest, false);
    }

    private void resolve(Interest interest) {
      if (interests.get(interest.conversation) != interest) {
        return;
      }
      try {
        Kind kind = kinds.of(interest.conversation);
        interest.kind = kind;
        // What is pushed comes for users who are known to be here before they have an interest.
        if (kind == Kind.CHANNEL || push == null) {
          reader.change(interest, true);
          if (interests.get(interest.conversation) != interest) {
            end(interest); // whose end may have come before
          }
        }
      } catch (RuntimeException e) {
        LOG.error("Cannot read what {} is, and try again", interest.conversation, e);
        var unused =
            resolvers.schedule(() -> resolve(interest), RETRY_MILLIS, TimeUnit.MILLISECONDS);
      }
    }

    private void bring(List<EncodedEvent> events) {
      synchronized (bringing) {
        listener.onEvents(events);
      }
      for (EncodedEvent event : events) {
        Interest interest = interests.get(event.conversation());
        if (interest != null) {
          interest.reached(event.sequence());
        }
      }
    }

    /**
     * Of channels only who comes and goes is pushed, and their partitions bring the rest: given to
     * subscribers here, it would be an event ahead of its time, for which each reads the log.
     */
    @Override
    public void onEvents(List<RoutedEvent> events) {
      List<EncodedEvent> chats = new ArrayList<>(events.size());
      for (RoutedEvent routed : events) {
        if (routed.kind() == Kind.CHANNEL) {
          listener.onMembers(routed.event());
        } else {
          chats.add(routed.event());
        }
      }
      if (!chats.isEmpty()) {
        bring(chats);
      }
    }

    @Override
    public void onGap() {
      heads.hurry();
      doubts.hurry();
    }

    private void doubt(String user, boolean hurried) {
      listener.onDoubt(user);
    }

    private void compare(Interest interest, boolean hurried) {
      long head = head(interest);
      if (head <= interest.reached()) {
        return;
      }
      if (hurried) {
        tell(interest, head);
      } else {
        var unused =
            grace.schedule(
                () -> tell(interest, head), rhythm.grace().toMillis(), TimeUnit.MILLISECONDS);
      }
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
      resolvers.shutdownNow();
      grace.shutdownNow();
      heads.close();
      doubts.close();
      reader.close();
      if (push != null) {
        push.close();
      }
    }
  }

  private static ScheduledExecutorService threads(String name, int count) {
    return new ScheduledThreadPoolExecutor(
        count,
        task -> {
          Thread thread = new Thread(task, name);
          thread.setDaemon(true);
          return thread;
        },
        new ScheduledThreadPoolExecutor.DiscardPolicy()); // what comes after the end
  }
}
