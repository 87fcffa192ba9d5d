package io.confab.standalone;

import io.confab.command.store.LogEntry;
import io.confab.command.store.RocksDbEventStorageEngine;
import io.confab.edge.ConversationFeed;
import io.confab.events.EncodedEvent;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The edge's feed in one process: follows the durable end of the local log, a thread a
 * subscription.
 */
final class LogTail implements ConversationFeed {
  private static final Logger LOG = LoggerFactory.getLogger(LogTail.class);
  private static final int BATCH = 256;

  /** How often a tail looks whether it was closed. */
  private static final Duration WAIT = Duration.ofMillis(200);

  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);

  private final RocksDbEventStorageEngine store;

  LogTail(RocksDbEventStorageEngine store) {
    this.store = store;
  }

  @Override
  public Subscription subscribe(Listener listener) {
    Tail tail = new Tail(listener, store.durableIndex() + 1);
    tail.thread.start();
    return tail;
  }

  private final class Tail implements Subscription, Runnable {
    private final Thread thread = new Thread(this, "log-tail");
    private final Listener listener;
    private long next;
    private volatile boolean closed;

    Tail(Listener listener, long next) {
      this.listener = listener;
      this.next = next;
    }

    @Override
    public void run() {
      while (!closed) {
        try {
          if (store.awaitDurable(next - 1, WAIT)) {
            deliver();
          }
        } catch (InterruptedException e) {
          return;
        } catch (Throwable e) {
          // An Error too: a feed that ended would leave silent holes.
          LOG.error("The live feed stands at {} and tries again", next, e);
          if (!pause()) {
            return;
          }
        }
      }
    }

    private void deliver() {
      List<LogEntry> entries = store.readLog(next, BATCH);
      if (!entries.isEmpty()) {
        List<EncodedEvent> events = entries.stream().map(LogEntry::event).toList();
        listener.onEvents(events);
        next = entries.get(entries.size() - 1).index() + 1;
      }
    }

    private static boolean pause() {
      try {
        Thread.sleep(PAUSE_AFTER_FAILURE.toMillis());
        return true;
      } catch (InterruptedException e) {
        return false;
      }
    }

    @Override
    public void close() {
      closed = true;
      thread.interrupt();
    }
  }
}
