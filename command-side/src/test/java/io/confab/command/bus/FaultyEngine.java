package io.confab.command.bus;

import io.confab.command.store.DurableEventStorageEngine;
import io.confab.command.store.StaleEpochException;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EventEnvelope;
import io.confab.events.MessageContent;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.eventhandling.GenericTrackedDomainEventMessage;
import org.axonframework.eventhandling.GlobalSequenceTrackingToken;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.eventsourcing.eventstore.DomainEventStream;
import org.axonframework.eventsourcing.eventstore.EventStoreException;
import org.axonframework.modelling.command.ConcurrencyException;

/**
 * A store in memory whose disk is worked by hand: what is queued becomes durable, or fails, when
 * the test says so. What is not durable is lost in a {@linkplain #crash crash}. One log for all
 * aggregates, or, where it isolates failures, one for each.
 */
final class FaultyEngine implements DurableEventStorageEngine {
  private record Batch(
      String aggregate,
      List<? extends DomainEventMessage<?>> events,
      CompletableFuture<Void> done) {}

  private final List<TrackedEventMessage<?>> log = new ArrayList<>();
  private final Map<String, List<DomainEventMessage<?>>> streams = new HashMap<>();
  private final Map<String, DomainEventMessage<?>> snapshots = new HashMap<>();
  private final Deque<Batch> queue = new ArrayDeque<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final Map<String, Long> failedAt = new HashMap<>();
  private final boolean isolates;
  private volatile long epoch;
  private final Object disk = new Object();
  private final AtomicReference<Runnable> before = new AtomicReference<>(() -> {});
  private boolean atOnce;
  private boolean held;
  private RuntimeException full;
  private int loads;
  private int asked;

  FaultyEngine() {
    this(false);
  }

  FaultyEngine(boolean isolates) {
    this.isolates = isolates;
  }

  @Override
  public boolean isolatesFailures() {
    return isolates;
  }

  /** From here on everything is durable as soon as it is queued. */
  synchronized FaultyEngine atOnce() {
    atOnce = true;
    return this;
  }

  /** From here on an append waits until the test makes it durable. */
  synchronized void byHand() {
    atOnce = false;
  }

  /** From here on whoever queues something stands still, until {@link #release}. */
  synchronized void hold() {
    held = true;
  }

  synchronized void release() {
    held = false;
    notifyAll();
  }

  /** From here on nothing can be queued, because of {@code failure}; null ends it. */
  synchronized void refuse(RuntimeException failure) {
    full = failure;
  }

  /** Has {@code hook} run on the stripe when it next asks whether it may begin a command. */
  void beforeNextCommand(Runnable hook) {
    before.set(hook);
  }

  @Override
  public boolean accepting() {
    Runnable hook = before.getAndSet(() -> {});
    hook.run();
    return true;
  }

  @Override
  public long epoch() {
    return epoch;
  }

  @Override
  public CompletableFuture<Void> enqueue(List<? extends DomainEventMessage<?>> events, long at) {
    Batch batch =
        new Batch(events.get(0).getAggregateIdentifier(), events, new CompletableFuture<>());
    boolean now;
    synchronized (this) {
      while (held) {
        try {
          wait();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      if (full != null) {
        throw full;
      }
      if (isolates ? at < failedAt.getOrDefault(batch.aggregate, 0L) : at != epoch) {
        return CompletableFuture.failedFuture(new StaleEpochException(at, epoch));
      }
      queue.add(batch);
      notifyAll();
      now = atOnce;
    }
    if (now) {
      commit();
    }
    return batch.done;
  }

  @Override
  public CompletableFuture<Void> barrier(String aggregate) {
    synchronized (this) {
      Batch last = null;
      for (Batch batch : queue) {
        if (batch.aggregate.equals(aggregate)) {
          last = batch;
        }
      }
      // A copy: whoever joins a future takes part in running what hangs on it, here the
      // acknowledgement, which might then come behind that of the next batch.
      return last == null ? CompletableFuture.completedFuture(null) : last.done.copy();
    }
  }

  /** Waits until that many batches are not durable. */
  synchronized void awaitQueued(int batches) {
    while (queue.size() < batches) {
      try {
        wait();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** How many batches are not durable. */
  synchronized int queued() {
    return queue.size();
  }

  /** Makes all durable that is queued, up to a log's first conflict. */
  void commit() {
    while (commitOne() || (isolates && queued() > 0)) {}
  }

  /** Makes one batch durable; false where there was none, or it failed. */
  boolean commitOne() {
    return commitOne(0);
  }

  /** The same of the {@code n}-th aggregate that waits, where each has its own log. */
  boolean commitOne(int n) {
    synchronized (disk) {
      Batch batch;
      String taken = null;
      synchronized (this) {
        List<String> waiting = queue.stream().map(Batch::aggregate).distinct().toList();
        if (waiting.isEmpty()) {
          return false;
        }
        batch = first(waiting.get(isolates ? n % waiting.size() : 0));
        if (batch.events.get(0).getSequenceNumber() == head(batch.aggregate) + 1) {
          batch.events.forEach(this::write);
          queue.remove(batch);
        } else {
          taken = batch.aggregate;
        }
      }
      if (taken != null) {
        fail(taken, new ConcurrencyException("the sequence is taken"));
        return false;
      }
      batch.done.complete(null);
      listeners.forEach(Runnable::run);
      return true;
    }
  }

  /** Makes the batches of one aggregate durable, as a store does that writes each by itself. */
  void commit(String aggregate) {
    List<Batch> done;
    synchronized (this) {
      done = queue.stream().filter(batch -> batch.aggregate.equals(aggregate)).toList();
      queue.removeAll(done);
      done.forEach(batch -> batch.events.forEach(this::write));
    }
    done.forEach(batch -> batch.done.complete(null));
  }

  @Override
  public synchronized boolean behind(String aggregate, long sequence) {
    asked++;
    return head(aggregate) > sequence;
  }

  /** How often {@link #behind} was asked. */
  synchronized int asked() {
    return asked;
  }

  private Batch first(String aggregate) {
    return queue.stream().filter(batch -> batch.aggregate.equals(aggregate)).findFirst().get();
  }

  /** Fails the first batch with {@code failure} and with it all that is queued. */
  void fail(RuntimeException failure) {
    List<String> aggregates;
    synchronized (this) {
      aggregates = queue.stream().map(Batch::aggregate).distinct().toList();
    }
    if (isolates) {
      aggregates.forEach(aggregate -> fail(aggregate, failure));
    } else {
      fail(null, failure);
    }
  }

  /** The same of one aggregate, where each has its own log. */
  void fail(String aggregate, RuntimeException failure) {
    fail(aggregate, failure, () -> {});
  }

  /**
   * @param between runs when the store knows of the failure, and nobody else does yet
   */
  void fail(String aggregate, RuntimeException failure, Runnable between) {
    synchronized (disk) {
      List<Batch> stale;
      long was;
      synchronized (this) {
        was = epoch++;
        failedAt.put(aggregate, epoch);
        stale =
            new ArrayList<>(
                queue.stream()
                    .filter(batch -> !isolates || batch.aggregate.equals(aggregate))
                    .toList());
        queue.removeAll(stale);
      }
      between.run();
      if (!stale.isEmpty()) {
        stale.remove(0).done.completeExceptionally(failure);
      }
      stale.forEach(
          batch -> batch.done.completeExceptionally(new StaleEpochException(was, was + 1)));
    }
  }

  /** What another process writes, at once. */
  void foreign(String conversation, String body) {
    synchronized (this) {
      EventEnvelope envelope =
          new EventEnvelope(
              conversation,
              head(conversation) + 1,
              Instant.EPOCH,
              "foreign",
              new MessageSent(1, MessageContent.of(body, body)));
      write(
          new GenericDomainEventMessage<>(
              "TestConversation", envelope.conversation(), envelope.sequence(), envelope));
    }
    listeners.forEach(Runnable::run);
  }

  /** What a start finds after the power went: the durable prefix. This engine is dead then. */
  FaultyEngine crash() {
    FaultyEngine next = new FaultyEngine(isolates);
    synchronized (this) {
      log.forEach(event -> next.write((DomainEventMessage<?>) event));
      next.snapshots.putAll(snapshots);
      full = new EventStoreException("crashed");
    }
    fail(new EventStoreException("crashed"));
    return next;
  }

  private void write(DomainEventMessage<?> event) {
    log.add(
        new GenericTrackedDomainEventMessage<>(new GlobalSequenceTrackingToken(log.size()), event));
    streams.computeIfAbsent(event.getAggregateIdentifier(), id -> new ArrayList<>()).add(event);
  }

  /** The durable events. */
  synchronized List<EventEnvelope> durable(String aggregate) {
    return streams.getOrDefault(aggregate, List.of()).stream()
        .map(event -> (EventEnvelope) event.getPayload())
        .toList();
  }

  synchronized long head(String aggregate) {
    return streams.getOrDefault(aggregate, List.of()).size() - 1L;
  }

  /** How often an aggregate was read. */
  synchronized int loads() {
    return loads;
  }

  @Override
  public void onDurable(Runnable listener) {
    listeners.add(listener);
  }

  @Override
  @SuppressWarnings("unchecked")
  public void appendEvents(List<? extends EventMessage<?>> events) {
    enqueue((List<? extends DomainEventMessage<?>>) events, epoch).join();
  }

  @Override
  public synchronized void storeSnapshot(DomainEventMessage<?> snapshot) {
    snapshots.put(snapshot.getAggregateIdentifier(), copy(snapshot));
    notifyAll();
  }

  /** Waits for a snapshot, and gives its sequence. */
  synchronized long awaitSnapshot(String aggregate) throws InterruptedException {
    while (!snapshots.containsKey(aggregate)) {
      wait();
    }
    return snapshots.get(aggregate).getSequenceNumber();
  }

  @Override
  public synchronized Optional<DomainEventMessage<?>> readSnapshot(String aggregate) {
    return Optional.ofNullable(snapshots.get(aggregate)).map(FaultyEngine::copy);
  }

  private static DomainEventMessage<?> copy(DomainEventMessage<?> snapshot) {
    return new GenericDomainEventMessage<>(
        snapshot.getType(),
        snapshot.getAggregateIdentifier(),
        snapshot.getSequenceNumber(),
        ((TestConversation) snapshot.getPayload()).copy());
  }

  @Override
  public synchronized DomainEventStream readEvents(String aggregate, long first) {
    loads++;
    return DomainEventStream.of(
        List.copyOf(streams.getOrDefault(aggregate, List.of())).stream().skip(first));
  }

  @Override
  public synchronized Stream<? extends TrackedEventMessage<?>> readEvents(
      TrackingToken token, boolean mayBlock) {
    long after = token == null ? -1 : token.position().orElse(-1);
    return List.copyOf(log).stream().skip(after + 1);
  }

  @Override
  public synchronized Optional<Long> lastSequenceNumberFor(String aggregate) {
    return Optional.of(head(aggregate)).filter(head -> head >= 0);
  }

  @Override
  public TrackingToken createTailToken() {
    return new GlobalSequenceTrackingToken(-1);
  }

  @Override
  public synchronized TrackingToken createHeadToken() {
    return new GlobalSequenceTrackingToken(log.size() - 1L);
  }

  @Override
  public TrackingToken createTokenAt(Instant dateTime) {
    throw new UnsupportedOperationException("no test asks for it");
  }
}
