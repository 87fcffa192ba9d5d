package io.confab.command.store;

import com.azure.cosmos.CosmosException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confab.command.store.CommitDocument.Item;
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
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.axonframework.modelling.command.ConcurrencyException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Writes commits: of each conversation one at a time, and what comes meanwhile as the next.
 *
 * <p>A commit must begin where the log ends. Its document is created under the id that this makes:
 * another writer that was faster has taken that id, because every writer knows the log up to the
 * end of a document.
 *
 * <p><b>When Cosmos does not answer</b>, or not clearly, the outcome is unknown: the document may
 * be there, or come to be there when a request arrives that is still under way. So the same
 * document is created again until the answer is clear. Where the id is taken, the commit's own id,
 * which is in the document, tells by whom.
 *
 * <p>All decisions are made on one thread, which also completes the futures. Callers only add to
 * the queues.
 */
final class CosmosAppender {
  private static final Logger log = LoggerFactory.getLogger(CosmosAppender.class);

  /** Commits grow up to this by gathering; larger ones are a single batch. */
  private static final int GATHERED_BYTES = 1 << 20;

  /** An item of Cosmos DB has 2 MB; this leaves room for what is around the events. */
  private static final int COMMIT_BYTES = (2 << 20) - (64 << 10);

  /** Conversations whose end is remembered. */
  private static final int REMEMBERED = 100_000;

  private static final long UNKNOWN = -2;
  private static final Duration FIRST_RETRY = Duration.ofMillis(50);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(2);

  /** Answers after which nothing was written, nor will be. */
  private static final Set<Integer> REFUSALS = Set.of(400, 401, 403, 404, 413, 429);

  /**
   * Events that become durable together; none in a barrier.
   *
   * @param anyFirst whether an aggregate's first event may have another sequence than 0
   */
  private record Batch(
      List<Item> items,
      boolean anyFirst,
      int bytes,
      long weight,
      long epoch,
      CompletableFuture<Void> durable) {
    long first() {
      return items.get(0).sequence();
    }

    long last() {
      return items.get(items.size() - 1).sequence();
    }
  }

  /** All but {@code commit} is guarded by the lock. */
  private static final class Conversation {
    final String name;
    final Deque<Batch> waiting = new ArrayDeque<>();

    /** The last sequence that is known to be durable; no less than that is. */
    long head = UNKNOWN;

    /** The epoch that its last failure began, or a later one. */
    long failedAt;

    /** Whether the thread is at it, or will be when a request is answered. */
    boolean busy;

    /** Whether the head was read since the first that waits came to be the first. */
    boolean looked;

    /** What is being written. */
    @Nullable Commit commit;

    Conversation(String name) {
      this.name = name;
    }
  }

  /** A document on its way. The thread's own. */
  private static final class Commit {
    final Conversation conversation;
    final List<Batch> batches;
    final ObjectNode document;
    final String id;
    final int events;
    final long last;
    final long began = System.nanoTime();

    /** Whether a request for it may still be under way, or have been done. */
    boolean unknown;

    Duration pause = FIRST_RETRY;

    Commit(
        Conversation conversation,
        List<Batch> batches,
        ObjectNode document,
        String id,
        int events,
        long last) {
      this.conversation = conversation;
      this.batches = batches;
      this.document = document;
      this.id = id;
      this.events = events;
      this.last = last;
    }
  }

  private final CosmosLog cosmos;
  private final Duration patience;
  private final long bound;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread commits = new Thread(task, "confab-store-commits");
            commits.setDaemon(true);
            return commits;
          });
  private final Scheduler onThread = Schedulers.fromExecutorService(thread);
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  private final Timer commits;
  private final DistributionSummary commitEvents;
  private final Counter failures;
  private final Counter conflicts;
  private final Counter readBacks;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition idle = lock.newCondition();
  private final Map<String, Conversation> conversations =
      new LinkedHashMap<>(16, 0.75f, true); // in the order of use

  private long unfinishedBytes;
  private int busy;
  private volatile long epoch;

  /** The highest epoch that a conversation began which is no longer remembered. */
  private long forgottenFailure;

  private volatile boolean closing;
  private volatile boolean closed;

  CosmosAppender(CosmosLog cosmos, Duration patience, long bound, MeterRegistry meters) {
    this.cosmos = cosmos;
    this.patience = patience;
    this.bound = bound;
    commits =
        Timer.builder("confab.store.commit")
            .description("Writing one commit")
            .publishPercentileHistogram()
            .register(meters);
    commitEvents =
        DistributionSummary.builder("confab.store.batch.events")
            .description("Events in one commit")
            .register(meters);
    failures =
        Counter.builder("confab.store.failures")
            .description("Commits that failed, or that another writer had come before")
            .register(meters);
    conflicts =
        Counter.builder("confab.store.conflicts")
            .description("Commits that another writer had come before")
            .register(meters);
    readBacks =
        Counter.builder("confab.store.readbacks")
            .description("Requests whose outcome was unknown and had to be found out")
            .register(meters);
    Gauge.builder("confab.store.queued.bytes", this, CosmosAppender::unfinishedBytes)
        .description("Bytes that wait to be durable")
        .baseUnit("bytes")
        .register(meters);
  }

  long epoch() {
    return epoch;
  }

  boolean accepting() {
    return !closing && unfinishedBytes() < bound;
  }

  void onDurable(Runnable listener) {
    listeners.add(listener);
  }

  private long unfinishedBytes() {
    lock.lock();
    try {
      return unfinishedBytes;
    } finally {
      lock.unlock();
    }
  }

  /** Queues items of one aggregate, consecutive in sequence. */
  CompletableFuture<Void> enqueue(List<Item> items, boolean anyFirst, long epochOfState) {
    int bytes = items.stream().mapToInt(Item::bytes).sum();
    if (bytes > COMMIT_BYTES) {
      throw new CommandRejected(
          RejectionCode.BODY_TOO_LARGE,
          "the events of one command do not fit into one commit",
          bytes,
          COMMIT_BYTES);
    }
    long weight = items.stream().mapToLong(Item::weight).sum();
    Batch batch =
        new Batch(items, anyFirst, bytes, weight, epochOfState, new CompletableFuture<>());
    lock.lock();
    try {
      if (closing) {
        throw CosmosLog.unavailable("the event store is closed");
      }
      if (unfinishedBytes + weight > bound) {
        throw new CommandRejected(
            RejectionCode.UNAVAILABLE,
            "too much waits for the event store; nothing was done",
            unfinishedBytes + weight,
            bound);
      }
      Conversation conversation = remember(items.get(0).aggregate());
      if (epochOfState < conversation.failedAt) {
        return CompletableFuture.failedFuture(new StaleEpochException(epochOfState, epoch));
      }
      unfinishedBytes += weight;
      add(conversation, batch);
    } finally {
      lock.unlock();
    }
    return batch.durable();
  }

  /** Completes when all is settled that was enqueued before for the aggregate. */
  CompletableFuture<Void> barrier(String aggregate) {
    lock.lock();
    try {
      Conversation conversation = conversations.get(aggregate);
      if (conversation == null || !conversation.busy) {
        return CompletableFuture.completedFuture(null);
      }
      Batch barrier = new Batch(List.of(), false, 0, 0, epoch, new CompletableFuture<>());
      conversation.waiting.add(barrier);
      return barrier.durable();
    } finally {
      lock.unlock();
    }
  }

  /** The last sequence of the aggregate that is known to be durable, or below 0. */
  long known(String aggregate) {
    lock.lock();
    try {
      Conversation conversation = conversations.get(aggregate);
      return conversation == null ? UNKNOWN : conversation.head;
    } finally {
      lock.unlock();
    }
  }

  /** Says that the log was read, and had that last sequence, or -1 where there was none. */
  void know(String aggregate, long head) {
    lock.lock();
    try {
      Conversation conversation = remember(aggregate);
      conversation.head = Math.max(conversation.head, head);
    } finally {
      lock.unlock();
    }
  }

  /** Writes what waits, at most for the patience of the requests, and ends. */
  void close() {
    lock.lock();
    try {
      if (closing) {
        return;
      }
      closing = true;
      long nanos = patience.toNanos();
      while (busy > 0 && nanos > 0) {
        nanos = idle.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    closed = true;
    thread.execute(this::abandon);
    thread.shutdown();
    try {
      if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
        log.warn("A listener to durable events does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // Under the lock

  private Conversation remember(String aggregate) {
    Conversation known = conversations.get(aggregate);
    if (known != null) {
      return known;
    }
    Conversation added = new Conversation(aggregate);
    added.failedAt = forgottenFailure;
    conversations.put(aggregate, added);
    Iterator<Conversation> eldest = conversations.values().iterator();
    while (conversations.size() > REMEMBERED && eldest.hasNext()) {
      Conversation candidate = eldest.next();
      if (!candidate.busy && candidate != added) {
        forgottenFailure = Math.max(forgottenFailure, candidate.failedAt);
        eldest.remove();
      }
    }
    return added;
  }

  private void add(Conversation conversation, Batch batch) {
    conversation.waiting.add(batch);
    if (!conversation.busy) {
      conversation.busy = true;
      busy++;
      thread.execute(() -> advance(conversation));
    }
  }

  private void rest(Conversation conversation) {
    conversation.busy = false;
    if (--busy == 0) {
      idle.signalAll();
    }
  }

  // On the thread

  /** Does what is next for a conversation of which nothing is being written. */
  private void advance(Conversation conversation) {
    List<Batch> group = new ArrayList<>();
    boolean look = false;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      if (conversation.waiting.isEmpty()) {
        rest(conversation);
        return;
      }
      gather(conversation, group);
      look = group.isEmpty() && mustLook(conversation);
    } finally {
      lock.unlock();
    }
    if (look) {
      look(conversation);
    } else if (group.isEmpty()) {
      conflict(conversation, List.of());
    } else if (group.stream().allMatch(batch -> batch.items().isEmpty())) {
      group.forEach(barrier -> barrier.durable().complete(null));
      advance(conversation);
    } else {
      write(commit(conversation, group));
    }
  }

  /** Moves what can be written as one commit out of the queue; nothing where the first cannot. */
  private void gather(Conversation conversation, List<Batch> group) {
    long first = -1;
    long next = 0;
    int bytes = 0;
    for (Batch batch = conversation.waiting.peek();
        batch != null;
        batch = conversation.waiting.peek()) {
      if (!batch.items().isEmpty()) {
        boolean fits =
            first < 0
                ? follows(conversation, batch)
                : batch.first() == next
                    && bytes + batch.bytes() <= GATHERED_BYTES
                    && cosmos.bucket(batch.first()) == cosmos.bucket(first);
        if (!fits) {
          return;
        }
        first = first < 0 ? batch.first() : first;
        next = batch.last() + 1;
        bytes += batch.bytes();
      }
      group.add(conversation.waiting.remove());
    }
  }

  private static boolean follows(Conversation conversation, Batch batch) {
    if (conversation.head == UNKNOWN) {
      return batch.first() == 0; // the id tells whether it is taken
    }
    return batch.first() == conversation.head + 1 || (batch.anyFirst() && conversation.head < 0);
  }

  /** Whether the first that waits might follow the log after all. */
  private static boolean mustLook(Conversation conversation) {
    Batch first = conversation.waiting.element();
    return !conversation.looked && first.first() > conversation.head;
  }

  private void look(Conversation conversation) {
    cosmos
        .head(conversation.name, known(conversation.name))
        .timeout(patience)
        .publishOn(onThread)
        .subscribe(
            head -> {
              know(conversation.name, head);
              conversation.looked = true;
              advance(conversation);
            },
            failure -> {
              log.warn("The end of {} cannot be read: {}", conversation.name, failure.toString());
              refuse(conversation, List.of(), "the event store cannot be read");
            });
  }

  private Commit commit(Conversation conversation, List<Batch> group) {
    List<Item> items = new ArrayList<>();
    group.forEach(batch -> items.addAll(batch.items()));
    String id = UUID.randomUUID().toString();
    Item first = items.get(0);
    String partition = cosmos.partition(first.aggregate(), cosmos.bucket(first.sequence()));
    ObjectNode document = CommitDocument.commit(partition, id, items);
    long last = items.get(items.size() - 1).sequence();
    Commit commit = new Commit(conversation, group, document, id, items.size(), last);
    conversation.commit = commit;
    return commit;
  }

  private void write(Commit commit) {
    cosmos
        .create(commit.document)
        .timeout(patience)
        .subscribeOn(Schedulers.parallel())
        .publishOn(onThread)
        .subscribe(nothing -> {}, failure -> failed(commit, failure), () -> succeeded(commit));
  }

  private void succeeded(Commit commit) {
    Conversation conversation = commit.conversation;
    commits.record(System.nanoTime() - commit.began, TimeUnit.NANOSECONDS);
    commitEvents.record(commit.events);
    conversation.commit = null;
    boolean more;
    lock.lock();
    try {
      conversation.head = Math.max(conversation.head, commit.last);
      conversation.looked = false;
      finished(commit.batches);
      more = !conversation.waiting.isEmpty();
      if (!more) {
        rest(conversation);
      }
    } finally {
      lock.unlock();
    }
    commit.batches.forEach(batch -> batch.durable().complete(null));
    listeners.forEach(CosmosAppender::call);
    if (more) {
      advance(conversation); // last: where this is being closed, what is durable is answered
    }
  }

  private static void call(Runnable listener) {
    try {
      listener.run();
    } catch (RuntimeException e) {
      log.error("A listener to durable events failed", e);
    }
  }

  private void failed(Commit commit, Throwable failure) {
    if (closed) {
      return; // abandoned, with what it is
    }
    int status = CosmosLog.status(failure);
    if (status == CosmosLog.CONFLICT) {
      readBack(commit);
    } else if (REFUSALS.contains(status) && !commit.unknown) {
      log.warn("Cosmos DB refuses a commit of {}: {}", commit.conversation.name, summary(failure));
      refuse(commit.conversation, commit.batches, "the event store refused the commit: " + status);
    } else {
      commit.unknown |= !REFUSALS.contains(status);
      readBacks.increment();
      log.warn(
          "It is unknown whether a commit of {} was written, and will be found out: {}",
          commit.conversation.name,
          summary(failure));
      again(commit);
    }
  }

  /** The SDK's own message is pages long. */
  private static String summary(Throwable failure) {
    return failure instanceof CosmosException answered
        ? answered.getStatusCode() + ", " + answered.getShortMessage()
        : failure.toString();
  }

  /** The id is taken: by this commit itself, where a request was done that had no answer. */
  private void readBack(Commit commit) {
    cosmos
        .commitIdAt(commit.document)
        .defaultIfEmpty("")
        .timeout(patience)
        .publishOn(onThread)
        .subscribe(
            id -> {
              if (id.equals(commit.id)) {
                succeeded(commit);
              } else if (id.isEmpty()) {
                again(commit);
              } else {
                conflict(commit.conversation, commit.batches);
              }
            },
            failure -> again(commit));
  }

  private void again(Commit commit) {
    Duration pause = commit.pause;
    Duration twice = pause.multipliedBy(2);
    commit.pause = twice.compareTo(LONGEST_RETRY) < 0 ? twice : LONGEST_RETRY;
    Mono.delay(pause, onThread).subscribe(tick -> write(commit));
  }

  /**
   * Fails the first batch with events, of the commit or else of the queue, as the one that came too
   * late, and all behind it.
   */
  private void conflict(Conversation conversation, List<Batch> commit) {
    conflicts.increment();
    Set<Batch> first = new HashSet<>();
    fail(
        conversation,
        commit,
        batch -> {
          if (first.isEmpty() && !batch.items().isEmpty()) {
            first.add(batch);
            return new ConcurrencyException(
                StoredEvent.place(conversation.name, batch.first())
                    + " does not follow the log, or another writer was faster");
          }
          return new StaleEpochException(batch.epoch(), epoch);
        });
  }

  private void refuse(Conversation conversation, List<Batch> commit, String detail) {
    CommandRejected refusal = CosmosLog.unavailable(detail);
    fail(conversation, commit, batch -> refusal);
  }

  /** Raises the epoch, and then answers the commit and all that waits behind it. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock alone
  private void fail(
      Conversation conversation, List<Batch> commit, Function<Batch, RuntimeException> reason) {
    failures.increment();
    List<Batch> failed = new ArrayList<>(commit);
    conversation.commit = null;
    lock.lock();
    try {
      epoch++;
      conversation.failedAt = epoch;
      conversation.looked = false;
      failed.addAll(conversation.waiting);
      conversation.waiting.clear();
      finished(failed);
      rest(conversation);
    } finally {
      lock.unlock();
    }
    for (Batch batch : failed) {
      batch.durable().completeExceptionally(reason.apply(batch));
    }
  }

  /** Under the lock. */
  private void finished(List<Batch> batches) {
    for (Batch batch : batches) {
      unfinishedBytes -= batch.weight();
    }
  }

  /** After the end: what was under way is unknown, what waited was not written. */
  private void abandon() {
    List<Batch> unknown = new ArrayList<>();
    List<Batch> unwritten = new ArrayList<>();
    lock.lock();
    try {
      for (Conversation conversation : conversations.values()) {
        if (conversation.commit != null) {
          unknown.addAll(conversation.commit.batches);
        }
        unwritten.addAll(conversation.waiting);
        conversation.waiting.clear();
      }
    } finally {
      lock.unlock();
    }
    for (Batch batch : unknown) {
      batch
          .durable()
          .completeExceptionally(new IllegalStateException("the outcome of a write is unknown"));
    }
    CommandRejected refusal = CosmosLog.unavailable("the event store is closed; nothing was done");
    unwritten.forEach(batch -> batch.durable().completeExceptionally(refusal));
  }
}
