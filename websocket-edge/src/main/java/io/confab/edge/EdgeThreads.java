package io.confab.edge;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/** The edge's own threads besides the fan-out: none waits for another. */
final class EdgeThreads implements AutoCloseable {
  /** As many sessions' frames are handled at a time, of those that had to wait. */
  private static final int WAITING = 32;

  private final ThreadPoolExecutor waiting;
  private final ScheduledExecutorService replay;
  private final ScheduledExecutorService timer;
  private final ExecutorService flush;

  EdgeThreads(int replayThreads) {
    replay = Executors.newScheduledThreadPool(replayThreads, daemon("edge-replay-"));
    timer = Executors.newSingleThreadScheduledExecutor(daemon("edge-timer-"));
    waiting =
        new ThreadPoolExecutor(
            WAITING,
            WAITING,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            daemon("edge-waiting-"));
    waiting.allowCoreThreadTimeOut(true);
    flush = Executors.newSingleThreadExecutor(daemon("edge-flush-"));
  }

  private static CustomizableThreadFactory daemon(String prefix) {
    CustomizableThreadFactory factory = new CustomizableThreadFactory(prefix);
    factory.setDaemon(true);
    return factory;
  }

  /** Reads the log; may block. */
  ScheduledExecutorService replay() {
    return replay;
  }

  /** Looks after deadlines. */
  ScheduledExecutorService timer() {
    return timer;
  }

  /** Handles frames that had to wait; may block. */
  Executor waiting() {
    return waiting;
  }

  /** Starts writes; never blocks. */
  Executor flush() {
    return flush;
  }

  @Override
  public void close() {
    replay.shutdownNow();
    timer.shutdownNow();
    waiting.shutdownNow();
    flush.shutdownNow();
  }
}
