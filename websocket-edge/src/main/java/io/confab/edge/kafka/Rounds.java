package io.confab.edge.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does one thing for each of many, again and again: spread evenly over a period, so that it is done
 * for each once in that time, and for all at once where that is asked for. No more than {@value
 * #AT_ONCE} are under way at a time; where that is too few for the period, or they are so many that
 * they would follow each other too soon, a round takes longer.
 */
final class Rounds<T> implements AutoCloseable {
  static final int AT_ONCE = 16;

  private static final Logger LOG = LoggerFactory.getLogger(Rounds.class);

  /** Ahead by less than this, the next is not waited for. */
  private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Duration period;
  private final Duration apart;
  private final Supplier<Collection<T>> all;
  private final Task<T> task;
  private final Thread driver;
  private final ExecutorService threads;
  private final Semaphore room = new Semaphore(AT_ONCE);
  private boolean hurried;

  /** What is done for one. */
  @FunctionalInterface
  interface Task<T> {

    /**
     * May block.
     *
     * @param hurried whether all are done at once
     */
    void run(T one, boolean hurried);
  }

  /**
   * @param apart the least time between two, but where all are asked for at once
   */
  Rounds(String name, Duration period, Duration apart, Supplier<Collection<T>> all, Task<T> task) {
    this.period = period;
    this.apart = apart;
    this.all = all;
    this.task = task;
    this.driver = daemon(this::run, name);
    AtomicInteger number = new AtomicInteger();
    this.threads =
        Executors.newFixedThreadPool(
            AT_ONCE, each -> daemon(each, name + "-" + number.incrementAndGet()));
  }

  private static Thread daemon(Runnable runnable, String name) {
    Thread thread = new Thread(runnable, name);
    thread.setDaemon(true);
    return thread;
  }

  void start() {
    driver.start();
  }

  /** For all, as soon as can be, and then in rounds again. Does not block. */
  synchronized void hurry() {
    hurried = true;
    notifyAll();
  }

  /** For one, out of turn. Does not block. */
  void hurry(T one) {
    try {
      threads.execute(() -> attempt(one, true));
    } catch (RejectedExecutionException closed) {
      LOG.debug("Closed before {} was done", one, closed);
    }
  }

  private void run() {
    try {
      while (true) {
        round(takeHurry());
      }
    } catch (InterruptedException | RejectedExecutionException closed) {
      LOG.debug("The rounds have ended");
    }
  }

  private synchronized boolean takeHurry() {
    boolean taken = hurried;
    hurried = false;
    return taken;
  }

  private void round(boolean hurry) throws InterruptedException {
    List<T> those = List.copyOf(all.get());
    long nanos = Math.max(period.toNanos(), apart.toNanos() * those.size());
    long start = System.nanoTime();
    for (int i = 0; i < those.size(); i++) {
      if (!hurry && hurriedBefore(start + nanos / those.size() * i)) {
        return;
      }
      T one = those.get(i);
      room.acquire();
      threads.execute(
          () -> {
            try {
              attempt(one, hurry);
            } finally {
              room.release();
            }
          });
    }
    if (!hurry) {
      hurriedBefore(start + nanos);
    }
  }

  private void attempt(T one, boolean hurry) {
    try {
      task.run(one, hurry);
    } catch (RuntimeException e) {
      LOG.error("What is done in rounds failed for {}", one, e);
    }
  }

  /** Waits until then. */
  private synchronized boolean hurriedBefore(long nanoTime) throws InterruptedException {
    long left = nanoTime - System.nanoTime();
    while (!hurried && left > STEP_NANOS) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
      left = nanoTime - System.nanoTime();
    }
    return hurried;
  }

  @Override
  public void close() {
    driver.interrupt();
    threads.shutdownNow();
  }
}
