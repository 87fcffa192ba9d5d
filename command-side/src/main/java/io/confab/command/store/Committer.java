package io.confab.command.store;

import io.confab.command.store.EventDatabase.Append;
import io.confab.command.store.RecentEvents.Entry;
import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.axonframework.modelling.command.ConcurrencyException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes events. Takes all batches that wait, checks each against the log,
 * writes them as one and syncs, and only then lets anybody know.
 *
 * <p><b>When a write fails</b> its outcome is unknown: the bytes may be in the write-ahead log, or
 * part of them, or none. So nothing is answered yet. The database is closed, which ends every
 * pending write to its files, and opened again for reading alone, which needs no room on the disk
 * and shows what a start would find. Where the events are not there, they are refused, as is what
 * waits behind them. Where they are, their sync may still have failed, so they wait until the
 * database could be opened for writing: by then it has copied what the write-ahead log held into
 * synced files. Meanwhile new batches are refused, and what was durable can be read.
 */
final class Committer {
  private static final Logger log = LoggerFactory.getLogger(Committer.class);

  /** A write of more than this holds up those behind it for longer than it saves them. */
  private static final long GROUP_BYTES = 8 << 20;

  private static final int KNOWN_HEADS = 100_000;
  private static final Duration FIRST_RETRY = Duration.ofMillis(100);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(5);

  private enum State {
    WRITABLE,
    /** A write failed, and the database is not open for writing again. */
    RECOVERING,
    /** The log is not as it must be; only a person can help. */
    BROKEN,
    CLOSED
  }

  /**
   * Events that become durable together; none in a barrier.
   *
   * @param anyFirst whether an aggregate's first event may have another sequence than 0
   */
  private record Batch(
      List<Append> appends,
      boolean anyFirst,
      long bytes,
      long epoch,
      CompletableFuture<Void> durable) {}

  private final EventDatabase database;
  private final RecentEvents recent;
  private final long queueBound;
  private final Thread thread = new Thread(this::run, "confab-store-committer");
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  private final Timer commits;
  private final DistributionSummary batchEvents;
  private final Counter failures;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Condition advanced = lock.newCondition();
  private final Queue<Batch> queue = new ArrayDeque<>();
  private int unfinished;
  private volatile long unfinishedBytes;
  private volatile long epoch;
  private volatile State state = State.WRITABLE;
  private volatile long durable;

  /** Last durable sequences; an aggregate that is not in it is looked up in the database. */
  private final Map<String, Long> heads = new ConcurrentHashMap<>();

  /** The highest timestamp in the log. The thread's own. */
  private long latest;

  /** The number of batches that were last written together. The thread's own. */
  private int lastGroup;

  /** What the thread has taken from the queue and not answered yet. The thread's own. */
  private List<Batch> taken = List.of();

  /** Takes over a database that is open for writing. */
  Committer(EventDatabase database, StoreSettings settings, MeterRegistry meters) {
    this.database = database;
    this.durable = database.lastIndex();
    this.latest = database.latest(durable);
    this.recent = new RecentEvents(durable + 1, settings.recent().toBytes());
    this.queueBound = settings.queued().toBytes();
    commits =
        Timer.builder("confab.store.commit")
            .description("Writing and syncing one group of batches")
            .publishPercentileHistogram()
            .register(meters);
    batchEvents =
        DistributionSummary.builder("confab.store.batch.events")
            .description("Events in one synced write")
            .register(meters);
    failures =
        Counter.builder("confab.store.failures")
            .description("Writes that failed, or that another writer had come before")
            .register(meters);
    Gauge.builder("confab.store.queued.bytes", this, committer -> committer.unfinishedBytes)
        .description("Bytes that wait to be durable")
        .baseUnit("bytes")
        .register(meters);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Writes what waits, and ends. The database is then no longer used by this. */
  void close() {
    lock.lock();
    try {
      state = State.CLOSED;
      changed.signalAll();
      advanced.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  long epoch() {
    return epoch;
  }

  boolean writable() {
    return state == State.WRITABLE;
  }

  boolean accepting() {
    return state == State.WRITABLE && unfinishedBytes < queueBound;
  }

  /** The index of the last durable event, or -1. */
  long durable() {
    return durable;
  }

  RecentEvents recent() {
    return recent;
  }

  /** The sequence of the aggregate's last durable event, or -1. */
  long head(String aggregate) {
    Long head = heads.get(aggregate);
    return head != null ? head : database.lastSequence(aggregate, durable);
  }

  void onDurable(Runnable listener) {
    listeners.add(listener);
  }

  /** Whether there is an event behind {@code index}; waits for one at most that long. */
  boolean await(long index, Duration patience) throws InterruptedException {
    long nanos = patience.toNanos();
    lock.lock();
    try {
      while (durable <= index && state != State.CLOSED && nanos > 0) {
        nanos = advanced.awaitNanos(nanos);
      }
      return durable > index;
    } finally {
      lock.unlock();
    }
  }

  /**
   * See {@link DurableEventStorageEngine#enqueue}; here for events of any aggregates.
   *
   * @param anyFirst whether an aggregate's first event may have another sequence than 0
   */
  CompletableFuture<Void> enqueue(List<Append> appends, boolean anyFirst, long offeredEpoch) {
    long bytes = 0;
    for (Append append : appends) {
      bytes += append.bytes();
    }
    Batch batch = new Batch(appends, anyFirst, bytes, offeredEpoch, new CompletableFuture<>());
    lock.lock();
    try {
      if (offeredEpoch != epoch) {
        return CompletableFuture.failedFuture(new StaleEpochException(offeredEpoch, epoch));
      }
      if (state != State.WRITABLE) {
        throw EventDatabase.unavailable("the event store takes no writes at the moment");
      }
      if (unfinishedBytes + bytes > queueBound) {
        throw new CommandRejected(
            RejectionCode.UNAVAILABLE,
            "more bytes wait to be written than the event store allows",
            unfinishedBytes + bytes,
            queueBound);
      }
      add(batch);
    } finally {
      lock.unlock();
    }
    return batch.durable();
  }

  /** Completes when all that is queued now is durable; fails where the epoch goes up before. */
  CompletableFuture<Void> barrier() {
    lock.lock();
    try {
      if (unfinished == 0) {
        return CompletableFuture.completedFuture(null);
      }
      if (state == State.BROKEN) {
        return CompletableFuture.failedFuture(
            EventDatabase.unavailable("the event store takes no writes any more"));
      }
      Batch batch = new Batch(List.of(), false, 0, epoch, new CompletableFuture<>());
      add(batch);
      return batch.durable();
    } finally {
      lock.unlock();
    }
  }

  /** Under the lock. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock alone
  private void add(Batch batch) {
    queue.add(batch);
    unfinished++;
    unfinishedBytes += batch.bytes();
    changed.signal();
  }

  private void run() {
    try {
      for (taken = next(); !taken.isEmpty(); taken = next()) {
        commit(taken);
      }
    } catch (RuntimeException | Error e) {
      log.error("The event store stops taking writes, because of a fault in it or its disk", e);
      moveTo(State.BROKEN);
      fail(taken, batch -> new IllegalStateException("the outcome of a write is unknown", e));
    }
  }

  /** The batches that wait, in order, up to the size of a group; none when this is closed. */
  private List<Batch> next() {
    List<Batch> group = new ArrayList<>();
    long bytes = 0;
    lock.lock();
    try {
      while (queue.isEmpty() && state != State.CLOSED) {
        changed.awaitUninterruptibly();
      }
      if (queue.size() < lastGroup / 2) {
        // Whoever was just answered is about to come back: a sync for the first of them alone
        // would have the others wait for the next.
        lock.unlock();
        Thread.yield();
        lock.lock();
      }
      while (!queue.isEmpty() && bytes < GROUP_BYTES) {
        Batch batch = queue.remove();
        bytes += batch.bytes();
        group.add(batch);
      }
      lastGroup = group.size();
    } finally {
      lock.unlock();
    }
    return group;
  }

  private void commit(List<Batch> group) {
    Map<String, Long> ends = new HashMap<>();
    List<Append> appends = new ArrayList<>();
    List<Batch> accepted = new ArrayList<>(group.size());
    ConcurrencyException conflict = null;
    try {
      for (Batch batch : group) {
        conflict = extend(ends, batch);
        if (conflict != null) {
          break;
        }
        accepted.add(batch);
        appends.addAll(batch.appends());
      }
      write(appends);
    } catch (RocksDBException | CommandRejected e) {
      if (!recover(group, appends.size(), e)) {
        return;
      }
    }
    publish(accepted, appends, ends);
    if (conflict != null) {
      failures.increment();
      ConcurrencyException taken = conflict;
      CompletableFuture<Void> first = group.get(accepted.size()).durable();
      fail(
          group.subList(accepted.size(), group.size()),
          batch ->
              batch.durable() == first ? taken : new StaleEpochException(batch.epoch(), epoch));
    }
  }

  /** Notes the new last sequences; where the events do not follow the log, says so instead. */
  private @Nullable ConcurrencyException extend(Map<String, Long> ends, Batch batch) {
    List<Append> appends = batch.appends();
    if (appends.size() == 1) { // as nearly all are
      StoredEvent event = appends.get(0).event();
      ConcurrencyException conflict = conflict(event, end(ends, event), batch);
      if (conflict == null) {
        ends.put(event.aggregate(), event.sequence());
      }
      return conflict;
    }
    Map<String, Long> own = new HashMap<>();
    for (Append append : appends) {
      StoredEvent event = append.event();
      Long end = own.get(event.aggregate());
      ConcurrencyException conflict = conflict(event, end == null ? end(ends, event) : end, batch);
      if (conflict != null) {
        return conflict;
      }
      own.put(event.aggregate(), event.sequence());
    }
    ends.putAll(own);
    return null;
  }

  private long end(Map<String, Long> ends, StoredEvent event) {
    Long end = ends.get(event.aggregate());
    return end == null ? head(event.aggregate()) : end;
  }

  private static @Nullable ConcurrencyException conflict(StoredEvent event, long end, Batch batch) {
    if (event.sequence() == end + 1 || (batch.anyFirst() && end < 0)) {
      return null;
    }
    return new ConcurrencyException(
        StoredEvent.place(event.aggregate(), event.sequence())
            + " does not follow the log, which ends at "
            + end);
  }

  private void write(List<Append> appends) throws RocksDBException {
    if (appends.isEmpty()) {
      return;
    }
    long start = System.nanoTime();
    database.append(appends, durable + 1, latest);
    commits.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    batchEvents.record(appends.size());
  }

  private void publish(List<Batch> batches, List<Append> appends, Map<String, Long> ends) {
    List<Entry> entries = new ArrayList<>(appends.size());
    long index = durable;
    for (Append append : appends) {
      entries.add(new Entry(++index, append.event()));
      latest = Math.max(latest, append.event().timestamp());
    }
    recent.append(entries);
    lock.lock();
    try {
      durable = index;
      finished(batches);
      advanced.signalAll();
    } finally {
      lock.unlock();
    }
    if (heads.size() > KNOWN_HEADS) {
      heads.clear(); // cheaper than to know which are old; the database has them all
    }
    heads.putAll(ends);
    for (Batch batch : batches) {
      batch.durable().complete(null);
    }
    taken = taken.subList(batches.size(), taken.size());
    if (!appends.isEmpty()) {
      listeners.forEach(this::call);
    }
  }

  private void call(Runnable listener) {
    try {
      listener.run();
    } catch (RuntimeException e) {
      log.error("A listener to durable events failed", e);
    }
  }

  /** Raises the epoch, and then answers those batches and all that wait behind them. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock alone
  private void fail(List<Batch> batches, Function<Batch, RuntimeException> reason) {
    List<Batch> failed = new ArrayList<>(batches);
    lock.lock();
    try {
      epoch++;
      failed.addAll(queue);
      queue.clear();
      finished(failed);
    } finally {
      lock.unlock();
    }
    for (Batch batch : failed) {
      batch.durable().completeExceptionally(reason.apply(batch));
    }
  }

  /** Under the lock. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock alone
  private void finished(List<Batch> batches) {
    unfinished -= batches.size();
    for (Batch batch : batches) {
      unfinishedBytes -= batch.bytes();
    }
  }

  /**
   * Finds out what became of a write that failed, answers the group where nothing of it is there,
   * and makes the store writable again, however long that takes.
   *
   * @return whether the events are durable
   */
  private boolean recover(List<Batch> group, int events, Exception cause) {
    log.error("The event store cannot write: {}", cause.getMessage());
    failures.increment();
    moveTo(State.RECOVERING);
    CommandRejected refusal =
        EventDatabase.unavailable("the event store cannot write: " + cause.getMessage());
    boolean refused = false;
    boolean looked = false;
    Duration delay = FIRST_RETRY;
    while (true) {
      try {
        if (!looked) {
          database.openReadOnly();
          refused = !holds(events);
          looked = true;
          if (refused) {
            fail(group, batch -> refusal);
          }
        }
        database.open();
        boolean present = holds(events);
        if (present && refused) {
          throw new IllegalStateException("events are in the log that had been refused");
        }
        if (!present && !refused) {
          fail(group, batch -> refusal);
        }
        moveTo(State.WRITABLE);
        log.info("The event store takes writes again");
        return present;
      } catch (RocksDBException | CommandRejected e) {
        log.warn("The event store cannot be opened again yet: {}", e.getMessage());
      }
      if (closedWithin(delay)) {
        if (!refused) {
          fail(
              group,
              batch -> new IllegalStateException("the outcome of a write is unknown", cause));
        }
        return false;
      }
      delay =
          delay.multipliedBy(2).compareTo(LONGEST_RETRY) < 0
              ? delay.multipliedBy(2)
              : LONGEST_RETRY;
    }
  }

  /** Whether the log goes on with that many events behind what is known to be durable. */
  private boolean holds(int events) {
    long last = database.lastIndex();
    if (last != durable && last != durable + events) {
      throw new IllegalStateException(
          "the log ends at index " + last + ", events up to " + durable + " had been acknowledged");
    }
    return last != durable;
  }

  private void moveTo(State next) {
    lock.lock();
    try {
      if (state != State.CLOSED) {
        state = next;
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean closedWithin(Duration delay) {
    long nanos = delay.toNanos();
    boolean interrupted = false;
    lock.lock();
    try {
      while (state != State.CLOSED && nanos > 0) {
        try {
          nanos = changed.awaitNanos(nanos);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      return state == State.CLOSED;
    } finally {
      lock.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
