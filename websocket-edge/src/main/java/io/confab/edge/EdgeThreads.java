package io.confab.edge;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/** The edge's own threads besides the fan-out: none waits for another. */
final class EdgeThreads implements AutoCloseable {
  private final ScheduledExecutorService replay;
  private final ScheduledExecutorService timer;
  private final ExecutorService flush;

  EdgeThreads(int replayThreads) {
    replay = Executors.newScheduledThreadPool(replayThreads, daemon("edge-replay-"));
    timer = Executors.newSingleThreadScheduledExecutor(daemon("edge-timer-"));
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

  /** Starts writes; never blocks. */
  Executor flush() {
    return flush;
  }

  @Override
  public void close() {
    replay.shutdownNow();
    timer.shutdownNow();
    flush.shutdownNow();
  }
}
