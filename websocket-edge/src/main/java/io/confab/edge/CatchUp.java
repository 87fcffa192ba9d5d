package io.confab.edge;

import io.confab.events.CommandRejected;
import io.confab.events.EncodedEvent;
import io.confab.events.EventLog;
import io.confab.events.MemberChanges;
import io.confab.events.RejectionCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the log for cursors that are behind, on the replay threads. */
final class CatchUp {
  private static final Logger LOG = LoggerFactory.getLogger(CatchUp.class);

  /** How long to wait where the log does not show yet what the feed has delivered. */
  private static final long RETRY_MILLIS = 10;

  private static final int PAGE = 100;

  private final EventLog log;
  private final LogPages pages;
  private final ScheduledExecutorService threads;
  private final EdgeMetrics metrics;

  CatchUp(EventLog log, ScheduledExecutorService threads, EdgeMetrics metrics) {
    this.log = log;
    this.pages = new LogPages(log);
    this.threads = threads;
    this.metrics = metrics;
  }

  void schedule(Cursor cursor) {
    threads.execute(cursor::catchUp);
  }

  void scheduleLater(Cursor cursor) {
    var unused = threads.schedule(cursor::catchUp, RETRY_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Runs what may block on a replay thread. */
  void run(Runnable task) {
    threads.execute(task);
  }

  /** The feed skipped something. */
  void repair(Cursor cursor) {
    metrics.repaired();
    schedule(cursor);
  }

  void delivered() {
    metrics.delivered(1);
  }

  /** An inbox has begun what the feed had not said that its user was added to. */
  void foundJoin() {
    metrics.foundJoin();
  }

  /** What an inbox's user has joined could not be looked for. */
  void lookFailed() {
    metrics.lookFailed();
  }

  /**
   * The events from {@code from} to {@code to} that add the user or remove them, in order.
   *
   * @throws CommandRejected {@code unavailable} where the log cannot be read
   */
  List<EncodedEvent> changes(String conversation, String user, long from, long to) {
    List<EncodedEvent> changes = new ArrayList<>();
    for (long next = from; next <= to; next += PAGE) {
      for (EncodedEvent event : read(conversation, next, (int) Math.min(PAGE, to - next + 1))) {
        if (MemberChanges.users(event).contains(user)) {
          changes.add(event);
        }
      }
    }
    return changes;
  }

  /**
   * See {@link LogPages#read}; where that is null, the cursor is scheduled again in time.
   *
   * @throws CommandRejected {@code unavailable} where the log cannot be read
   */
  LogPages.@Nullable Page page(Cursor cursor, long from, long needed, long asOf) {
    String conversation = cursor.conversation();
    return reading(
        conversation,
        from,
        () -> pages.read(conversation, from, needed, asOf, () -> schedule(cursor)));
  }

  private List<EncodedEvent> read(String conversation, long from, int limit) {
    return reading(conversation, from, () -> log.read(conversation, from, limit));
  }

  private static <T extends @Nullable Object> T reading(
      String conversation, long from, Supplier<T> read) {
    try {
      return read.get();
    } catch (RuntimeException e) {
      LOG.warn("Could not read {} from {}", conversation, from, e);
      throw new CommandRejected(
          RejectionCode.UNAVAILABLE, "The log cannot be read now", conversation, null);
    }
  }
}
