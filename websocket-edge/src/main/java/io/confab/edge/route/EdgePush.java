package io.confab.edge.route;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.ShardedChannels;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the routers publish for this edge. The edge says in Redis which users have sessions here, at
 * once and again every 5 s, and listens to a channel of its own.
 *
 * <p>Any of it may be lost: while Redis or the connection to it is away, where Redis forgets who is
 * here, and where more than {@value #WAITING_CHARS} characters wait. The listener is told of each
 * such gap once it is over, within 5 s. A publication that is lost without a sign is found by
 * comparing heads alone.
 */
public final class EdgePush implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EdgePush.class);
  private static final Duration REFRESH = Duration.ofSeconds(5);
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final long TICK_MILLIS = 250;
  private static final int BATCH = 100;
  private static final int WAITING_CHARS = 16 << 20;

  /** What a waiting message costs beside its characters, roughly. */
  private static final int OVERHEAD = 256;

  private final String edge;
  private final Clock clock;
  private final UserEdges userEdges;
  private final RecentJoins joins;
  private final ShardedChannels channels;
  private final Counter received;
  private final Counter overflown;
  private final Counter gaps;

  /** Those here, and whether Redis has confirmed that it knows. */
  private final Map<String, Boolean> users = new ConcurrentHashMap<>();

  private final BlockingQueue<String> waiting = new LinkedBlockingQueue<>();
  private final Semaphore room = new Semaphore(WAITING_CHARS);
  private final ScheduledExecutorService timer =
      new ScheduledThreadPoolExecutor(
          1,
          task -> daemon(task, "edge-push-timer"),
          new ScheduledThreadPoolExecutor.DiscardPolicy()); // what comes after the end

  /** Whether something may have been missed of which the listener is not told yet. */
  private final AtomicBoolean gap = new AtomicBoolean(true);

  /** How often something may have been missed, up to now. */
  private final AtomicLong misses = new AtomicLong();

  private volatile boolean down = true;
  private volatile long workedMillis;
  private volatile @Nullable Thread delivery;
  private volatile @Nullable Listener listener;

  // The timer's own.
  private long refreshMillis;
  private long retryMillis;
  private boolean refreshing;
  private boolean saidDown;

  /** Is told what comes, by one thread, which it may block. */
  public interface Listener {

    /** Events of a conversation are in order where no gap is told of; any may be repeated. */
    void onEvents(List<RoutedEvent> events);

    /** Something may have been missed; from now on nothing is. Called by any thread. */
    void onGap();
  }

  /**
   * @param edge the name of this process, used by no other, nor again after a restart
   */
  public EdgePush(String edge, Clock clock, RedisCluster redis, MeterRegistry meters) {
    this.edge = edge;
    this.clock = clock;
    this.channels = new ShardedChannels(redis);
    this.userEdges = new UserEdges(redis);
    this.joins = new RecentJoins(redis);
    this.workedMillis = clock.millis();
    received =
        Counter.builder("confab.edge.push.received")
            .description("events that the routers published for this edge")
            .register(meters);
    overflown =
        Counter.builder("confab.edge.push.dropped")
            .description("of those, the ones for which there was no room")
            .register(meters);
    gaps =
        Counter.builder("confab.edge.push.gaps")
            .description("times after which heads were compared because events may be missing")
            .register(meters);
    Gauge.builder("confab.edge.push.down", this::downSeconds)
        .baseUnit("seconds")
        .description("for how long nothing can be pushed to this edge; 0 where all is well")
        .register(meters);
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** For how long nothing can be pushed to this edge, in seconds; 0 where all is well. */
  public double downSeconds() {
    return down ? Math.max(0.001, (clock.millis() - workedMillis) / 1_000.0) : 0;
  }

  /** Needs Redis neither to start nor to go on. Once. */
  public void start(Listener listener) {
    this.listener = listener;
    Thread thread = daemon(() -> deliver(listener), "edge-push");
    delivery = thread;
    thread.start();
    var unused = channels.add(UserEdges.channel(edge), this::receive, this::listening);
    var ticks = timer.scheduleWithFixedDelay(this::tick, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * Says that a user has sessions here, or no more. The calls about one user come one after the
   * other.
   *
   * @return completed once what is routed for the user from then on comes here, or once that has
   *     failed for now; never exceptionally
   */
  public CompletableFuture<@Nullable Void> user(String user, boolean here) {
    if (!here) {
      users.remove(user);
      return userEdges.remove(edge, user).handle((removed, failure) -> null);
    }
    users.put(user, false);
    return CompletableFuture.allOf(
            userEdges.register(edge, List.of(user), clock.millis()),
            channels.settled(UserEdges.channel(edge)))
        .handle(
            (done, failure) -> {
              if (failure == null) {
                users.replace(user, false, true);
              } else {
                missed();
              }
              return null;
            });
  }

  /**
   * Conversations that the user was added to within the last two minutes, some of which the user
   * may have left since. Where {@link #user} was completed before, all that is not among them is
   * pushed. Waits for Redis; where that does not answer there are none, and a gap is told of later.
   */
  public List<String> joinedLately(String user) {
    return joins
        .of(user)
        .exceptionally(
            failure -> {
              missed();
              return List.of();
            })
        .join();
  }

  /** Something may be missed from here on, until the next refresh has worked. */
  private void missed() {
    misses.incrementAndGet();
    gap.set(true);
    down = true;
  }

  /** The channel is listened to, and was not before. By a thread of the connection's. */
  private void listening() {
    gap.set(true);
    timer.execute(this::tellOnceUp);
  }

  private void tick() {
    try {
      long now = clock.millis();
      if (!refreshing && now >= (down ? retryMillis : refreshMillis)) {
        refreshMillis = now + REFRESH.toMillis();
        retryMillis = now + RETRY.toMillis();
        refreshing = true;
        refresh(now);
      }
    } catch (RuntimeException e) {
      refreshing = false;
      LOG.error("The registration of this edge's users failed", e);
    }
  }

  private void refresh(long now) {
    long before = misses.get();
    channels.refresh();
    List<CompletableFuture<?>> parts = new ArrayList<>();
    for (List<String> batch : UserEdges.batches(users.keySet(), BATCH)) {
      parts.add(
          userEdges.register(edge, batch, now).thenAccept(unknown -> registered(batch, unknown)));
    }
    parts.add(channels.settled(UserEdges.channel(edge)));
    CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
        .whenCompleteAsync((done, failure) -> refreshed(failure, before), timer);
  }

  /**
   * Redis knows of the whole batch now; where it had forgotten somebody, something was missed.
   *
   * @param unknown those of the batch of whom Redis did not know, or not any more, that they are
   *     here
   */
  private void registered(List<String> batch, List<String> unknown) {
    for (String user : unknown) {
      Boolean confirmed = users.get(user);
      if (confirmed == null) {
        // has left since the batch was made
        var unused = userEdges.remove(edge, user);
      } else if (confirmed) {
        gap.set(true);
      }
    }
    batch.forEach(user -> users.replace(user, false, true));
  }

  private void refreshed(@Nullable Throwable failure, long before) {
    refreshing = false;
    long now = clock.millis();
    if (failure != null) {
      if (!saidDown) {
        LOG.warn("Redis does not answer, chats come late: {}", failure.toString());
        saidDown = true;
      }
      missed();
      return;
    }
    workedMillis = now;
    down = false;
    if (misses.get() != before) {
      down = true; // somebody came after this refresh had begun, and could not be registered
    }
    saidDown = false;
    tellOnceUp();
  }

  private void tellOnceUp() {
    if (!down && gap.compareAndSet(true, false)) {
      tellGap();
    }
  }

  private void tellGap() {
    gaps.increment();
    Listener present = listener;
    if (present != null) {
      present.onGap();
    }
  }

  /** By a thread of the connection's. */
  private void receive(String message) {
    received.increment();
    if (!room.tryAcquire(cost(message))) {
      overflown.increment();
      gap.set(true);
      return;
    }
    waiting.add(message);
  }

  private static int cost(String message) {
    return Math.min(message.length() + OVERHEAD, WAITING_CHARS);
  }

  private void deliver(Listener to) {
    List<String> messages = new ArrayList<>();
    while (true) {
      try {
        messages.add(waiting.take());
        waiting.drainTo(messages);
        List<RoutedEvent> events = new ArrayList<>(messages.size());
        for (String message : messages) {
          events.add(RoutedEvent.of(message));
        }
        to.onEvents(events);
      } catch (InterruptedException stopped) {
        return;
      } catch (Throwable e) {
        // An Error too: a push that ended would leave silent holes.
        LOG.error("What was pushed could not be handled, and is looked for in the log", e);
        gap.set(true);
      } finally {
        messages.forEach(message -> room.release(cost(message)));
        messages.clear();
      }
    }
  }

  /** Takes back that users are here, 1 s at most. */
  @Override
  public void close() {
    timer.shutdownNow();
    Thread thread = delivery;
    if (thread != null) {
      thread.interrupt();
    }
    List<CompletableFuture<?>> removals = new ArrayList<>();
    users.keySet().forEach(user -> removals.add(userEdges.remove(edge, user)));
    CompletableFuture.allOf(removals.toArray(CompletableFuture[]::new))
        .orTimeout(1, TimeUnit.SECONDS)
        .handle((done, failure) -> failure == null)
        .join();
    channels.close();
  }
}
