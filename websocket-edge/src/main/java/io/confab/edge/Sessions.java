package io.confab.edge;

import io.confab.edge.presence.Presence;
import java.time.Clock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * The open sessions. Looks after their deadlines, and on stop closes them all with 4009 and a
 * random delay for the reconnect, before the server stops taking connections.
 */
final class Sessions implements SmartLifecycle {
  /** The close code of a server that stops. */
  static final int GOING_AWAY = 4009;

  static final long SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);
  private static final long STOP_SECONDS = 5;

  private final ScheduledExecutorService threads;
  private final Clock clock;
  private final EdgeSettings settings;
  private final EdgeMetrics metrics;
  private final Presence presence;
  private final Set<StompSession> open = ConcurrentHashMap.newKeySet();
  private final CountDownLatch empty = new CountDownLatch(1);
  private volatile boolean stopping;
  private @Nullable ScheduledFuture<?> sweeps;

  Sessions(
      ScheduledExecutorService threads,
      Clock clock,
      EdgeSettings settings,
      EdgeMetrics metrics,
      Presence presence) {
    this.threads = threads;
    this.clock = clock;
    this.settings = settings;
    this.metrics = metrics;
    this.presence = presence;
  }

  void opened(StompSession session) {
    metrics.opened();
    open.add(session);
    if (stopping) {
      goAway(session);
    }
  }

  void closed(StompSession session, int code) {
    if (open.remove(session)) {
      session.closed(code);
    }
    if (stopping && open.isEmpty()) {
      empty.countDown();
    }
  }

  void sweep() {
    long nanoTime = System.nanoTime();
    for (StompSession session : open) {
      try {
        session.sweep(nanoTime, clock.instant());
      } catch (RuntimeException e) {
        LOG.error("A session could not be looked after", e);
      }
    }
    try {
      presence.tick();
    } catch (RuntimeException e) {
      LOG.error("Presence could not be looked after", e);
    }
  }

  @Override
  public synchronized void start() {
    sweeps =
        threads.scheduleWithFixedDelay(this::sweep, SWEEP_NANOS, SWEEP_NANOS, TimeUnit.NANOSECONDS);
  }

  /** Waits until the clients have answered, 5 s at most. */
  @Override
  public void stop() {
    stopping = true;
    open.forEach(this::goAway);
    if (open.isEmpty()) {
      empty.countDown();
    }
    try {
      if (!empty.await(STOP_SECONDS, TimeUnit.SECONDS)) {
        LOG.info("{} sessions did not answer the close in time", open.size());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      if (sweeps != null) {
        sweeps.cancel(false);
        sweeps = null;
      }
    }
  }

  private void goAway(StompSession session) {
    long delay = ThreadLocalRandom.current().nextLong(settings.reconnectWithin().toMillis() + 1);
    session.close(GOING_AWAY, "reconnect-after-ms=" + delay);
  }

  @Override
  public synchronized boolean isRunning() {
    return sweeps != null;
  }
}
