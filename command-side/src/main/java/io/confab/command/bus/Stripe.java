package io.confab.command.bus;

import static org.axonframework.commandhandling.GenericCommandResultMessage.asCommandResultMessage;

import io.confab.command.store.DurableEventStorageEngine;
import io.confab.command.store.StaleEpochException;
import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.axonframework.commandhandling.CommandResultMessage;
import org.axonframework.eventsourcing.EventSourcedAggregate;
import org.axonframework.modelling.command.ConcurrencyException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that runs the commands of its conversations, one after the other, and does not wait
 * for the disk between them.
 *
 * <p>While nothing fails it only looks at the store's epoch before each command. When that has gone
 * up, or something that a command rested on failed, it starts no further command until everything
 * in flight is settled. Then no cached aggregate is ahead of the log except those of the failed
 * commands; these are evicted, and the commands run again before any later one.
 *
 * <p>Where the store {@linkplain DurableEventStorageEngine#isolatesFailures isolates failures},
 * only what is in flight for the aggregates of the failed commands is waited for, which fails with
 * them: one that hangs holds nobody else up.
 */
final class Stripe extends Thread {
  private static final Logger log = LoggerFactory.getLogger(Stripe.class);

  private static final String NOT_ACCEPTING =
      "the event store takes no writes at the moment; nothing was done";

  /** How often a command is run again before it is refused. */
  static final int RUNS_AGAIN = 3;

  /** So many aggregates recover by themselves before the stripe recovers as a whole. */
  private static final int RECOVERED = 10_000;

  private final DurableEventStorageEngine engine;
  private final AggregateCache cache;
  private final Queue<Execution> unanswered = new ConcurrentLinkedQueue<>();
  private final Consumer<Execution> runner;
  private final Mailbox<Execution> acknowledgements;
  private final Runnable onRunAgain;

  private final Mailbox<Execution> mailbox = new Mailbox<>();

  /** The number of answers that hang on the store. */
  private final AtomicInteger inFlight = new AtomicInteger();

  /** The last of them, by aggregate; and all of them, and of these what is to be forgotten. */
  private final Map<String, CompletableFuture<?>> unsettled = new HashMap<>();

  private final Set<Execution> sent = new HashSet<>();
  private final Queue<Execution> durable = new ConcurrentLinkedQueue<>();

  private final Queue<Execution> failed = new ConcurrentLinkedQueue<>();
  private final PriorityQueue<Execution> again =
      new PriorityQueue<>(Comparator.comparingLong(execution -> execution.number));

  /** Whose state in memory had all of the log last, as it was then, by {@link System#nanoTime}. */
  private @Nullable String upToDate;

  private long upToDateNanos;

  private volatile boolean recovering;
  private volatile boolean closing;
  private volatile boolean abandoned;
  private volatile boolean closed;

  /** Under which epoch what is in memory was read, but for {@link #recovered}. */
  private long epoch;

  /** The same for each aggregate that has recovered by itself since. */
  private final Map<String, Long> recovered = new HashMap<>();

  private long started;
  private @Nullable Execution running;

  /**
   * @param runner runs the command's handler in a unit of work and sets the outcome
   * @param acknowledgements gets every command whose outcome rests on nothing that is not durable
   */
  Stripe(
      String name,
      DurableEventStorageEngine engine,
      AggregateCache cache,
      Consumer<Execution> runner,
      Mailbox<Execution> acknowledgements,
      Runnable onRunAgain) {
    super(name);
    this.engine = engine;
    this.cache = cache;
    this.runner = runner;
    this.acknowledgements = acknowledgements;
    this.onRunAgain = onRunAgain;
    this.epoch = engine.epoch();
  }

  /** The stripe that is the current thread, or null. */
  static @Nullable Stripe currentOrNull() {
    return Thread.currentThread() instanceof Stripe stripe ? stripe : null;
  }

  /** The stripe that is the current thread. */
  static Stripe current() {
    Stripe stripe = currentOrNull();
    if (stripe == null) {
      throw new IllegalStateException("not on a stripe: " + Thread.currentThread());
    }
    return stripe;
  }

  /** What the current thread, a stripe, is running. */
  static Execution running() {
    Execution execution = current().running;
    if (execution == null) {
      throw new IllegalStateException("no command is running");
    }
    return execution;
  }

  /** Under which epoch the aggregate was read that is in memory, or will be. */
  long epoch(String aggregate) {
    return recovered.getOrDefault(aggregate, epoch);
  }

  /** The aggregates in memory; for this thread alone. */
  AggregateCache cache() {
    return cache;
  }

  /** How many aggregates are in memory. */
  int cached() {
    return cache.size();
  }

  /** Takes a command, or returns false where {@code bound} wait already or the stripe is closed. */
  boolean offer(Execution execution, int bound) {
    if (closing || !mailbox.offer(execution, bound)) {
      return false;
    }
    // The stripe may have ended since the question; then nobody else would answer.
    boolean taken = !closed || !mailbox.withdraw(execution);
    if (taken) {
      unanswered.add(execution);
    }
    return taken;
  }

  /**
   * Answers those that have waited too long. All wait equally long, so whoever came first is at the
   * head.
   */
  void expire(long now, String timeout) {
    for (Execution head = unanswered.peek(); head != null; head = unanswered.peek()) {
      if (!head.answered()) {
        if (head.deadline - now > 0) {
          return;
        }
        head.expire(timeout);
      }
      unanswered.poll();
    }
  }

  /** Answers all that are left, after the end of the thread. */
  void expireAll(String timeout) {
    for (Execution left = unanswered.poll(); left != null; left = unanswered.poll()) {
      left.expire(timeout);
    }
  }

  /** How many commands wait for their turn. */
  int waiting() {
    return mailbox.size();
  }

  /** How many commands wait for the store. */
  int inFlight() {
    return inFlight.get();
  }

  /** Takes no more commands; ends when all it has are answered. */
  void close() {
    closing = true;
    mailbox.wake();
  }

  /** Ends without waiting for the store. */
  void abandon() {
    abandoned = true;
    interrupt();
    mailbox.wake();
  }

  @Override
  public void run() {
    while (!abandoned) {
      if (!failed.isEmpty() || (!engine.isolatesFailures() && engine.epoch() != epoch)) {
        recover();
      }
      Execution next = again.poll();
      if (next == null) {
        next = mailbox.poll();
      }
      if (next != null) {
        execute(next);
      } else if (closing && inFlight.get() == 0) {
        if (mailbox.isEmpty() && failed.isEmpty()) {
          break;
        }
      } else {
        mailbox.sleep(
            Long.MAX_VALUE,
            () ->
                mailbox.isEmpty()
                    && failed.isEmpty()
                    && !abandoned
                    && !(closing && inFlight.get() == 0));
      }
    }
    closed = true;
    for (Execution left = mailbox.poll(); left != null; left = mailbox.poll()) {
      left.refuse(RejectionCode.UNAVAILABLE, StripedCommandBus.SHUTTING_DOWN, null);
      acknowledgements.put(left);
    }
  }

  /**
   * Waits until nothing is in flight for an aggregate that is about to be read from the store. For
   * the command that is running.
   *
   * @throws StaleEpochException where something of it failed: run again when that is dealt with
   * @throws CommandRejected {@code unavailable} where the store takes too long
   */
  void awaitSettled(String aggregate) {
    CompletableFuture<?> last = unsettled.get(aggregate);
    if (last == null) {
      return;
    }
    try {
      last.get(running().deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw new StaleEpochException(epoch(aggregate), engine.epoch());
    } catch (TimeoutException e) {
      throw tooLate(aggregate);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw tooLate(aggregate);
    }
  }

  private CommandRejected tooLate(String aggregate) {
    return new CommandRejected(
        RejectionCode.UNAVAILABLE,
        "what came before in this conversation is not durable in time; nothing was done",
        aggregate,
        null);
  }

  private void execute(Execution execution) {
    boolean accepting = engine.accepting();
    forgetSettled();
    String tooLate = execution.tooLate();
    if (tooLate != null) {
      // Also where it ran before: then a conflict, or an old epoch, kept it from being written.
      execution.refuse(RejectionCode.UNAVAILABLE, tooLate, null);
      acknowledgements.put(execution);
      return;
    }
    if (!execution.begin()) {
      return;
    }
    if (!accepting) {
      // Before the handler: what it would make could not be kept, and memory would be ahead.
      execution.refuse(RejectionCode.UNAVAILABLE, NOT_ACCEPTING, null);
      acknowledgements.put(execution);
      return;
    }
    execution.basis = unsettled.get(execution.conversation);
    if (execution.runs == 1) {
      execution.number = started++;
    }
    running = execution;
    try {
      runner.accept(execution);
    } catch (RuntimeException | Error e) {
      cache.remove(execution.conversation);
      execution.outcome = asCommandResultMessage(e);
    } finally {
      running = null;
    }
    CommandResultMessage<?> outcome = execution.outcome;
    if (outcome != null && outcome.isExceptional()) {
      Throwable cause = Refusals.unwrap(outcome.exceptionResult());
      if (execution.append != null) {
        // The unit of work failed after its events were handed over: they may become durable.
        execution.refuse(RejectionCode.UNAVAILABLE, Refusals.OUTCOME_UNKNOWN, null);
      } else if (Refusals.runAgain(cause)) {
        execution.failure = cause;
        failed.add(execution);
        return;
      }
    }
    boolean settled = execution.basis == null || execution.basis.isDone();
    if (execution.append == null && settled && !answersFromTheLog(execution)) {
      return;
    }
    answerWhenDurable(execution);
  }

  /**
   * Whether an answer that appends nothing rests on all of the log: the aggregate in memory may
   * have fallen behind another writer. Else the command is run again, or refused where that is not
   * known. The log is asked once for all commands that had come by then: many that are sent again
   * at once would be late, and sent again, for that alone.
   */
  private boolean answersFromTheLog(Execution execution) {
    EventSourcedAggregate<?> aggregate = cache.get(execution.conversation);
    Long version = aggregate == null ? null : aggregate.version();
    long now = System.nanoTime();
    try {
      if (version == null
          || execution.conversation.equals(upToDate) && upToDateNanos - execution.came >= 0) {
        return true;
      }
      if (!engine.behind(execution.conversation, version)) {
        upToDate = execution.conversation;
        upToDateNanos = now;
        return true;
      }
    } catch (CommandRejected unavailable) {
      execution.outcome = asCommandResultMessage(unavailable);
      return true;
    }
    execution.failure = new ConcurrencyException("the aggregate in memory is behind the log");
    failed.add(execution);
    return false;
  }

  /**
   * Hangs the answer on the append, or where nothing was appended on what made the state that was
   * seen. Each answer hangs on the one before, so those of a conversation keep their order.
   */
  private void answerWhenDurable(Execution execution) {
    CompletableFuture<?> ground = execution.append != null ? execution.append : execution.basis;
    if (ground == null) {
      acknowledgements.put(execution);
      return;
    }
    inFlight.incrementAndGet();
    execution.settled = ground.whenComplete((nothing, failure) -> settled(execution, failure));
    unsettled.put(execution.conversation, execution.settled);
    sent.add(execution);
  }

  /** One that failed stays, so that no command rests on what it left in memory. */
  private void forgetSettled() {
    for (Execution next = durable.poll(); next != null; next = durable.poll()) {
      unsettled.remove(next.conversation, next.settled);
      sent.remove(next);
    }
    if (sent.isEmpty() && !recovered.isEmpty()) {
      recoveredAll(); // nothing in memory is ahead of the log
    }
  }

  private void recoveredAll() {
    recovered.clear();
    epoch = engine.epoch();
  }

  /** On the thread that completed the append: the store's committer. */
  private void settled(Execution execution, @Nullable Throwable failure) {
    if (failure == null) {
      acknowledgements.put(execution);
      durable.add(execution);
    } else {
      execution.failure = Refusals.unwrap(failure);
      failed.add(execution);
    }
    execution.landed = true;
    boolean last = inFlight.decrementAndGet() == 0;
    if (failure != null || recovering || (last && closing)) {
      mailbox.wake();
    }
  }

  private void recover() {
    boolean alone = engine.isolatesFailures() && recovered.size() < RECOVERED;
    List<Execution> ended = new ArrayList<>();
    Set<String> concerned = new HashSet<>();
    recovering = true;
    do {
      for (Execution next = failed.poll(); next != null; next = failed.poll()) {
        ended.add(next);
        concerned.add(next.conversation);
      }
      mailbox.sleep(
          Long.MAX_VALUE,
          () -> failed.isEmpty() && !abandoned && inFlight(alone ? concerned : null));
    } while (!abandoned && (!failed.isEmpty() || inFlight(alone ? concerned : null)));
    recovering = false;
    if (inFlight(null)) {
      concerned.forEach(aggregate -> recovered.put(aggregate, engine.epoch()));
      unsettled.keySet().removeAll(concerned);
      sent.removeIf(execution -> concerned.contains(execution.conversation));
    } else {
      unsettled.clear();
      sent.clear();
      recoveredAll();
    }
    ended.forEach(this::ended);
  }

  /** Whether anything waits for the store, for one of those aggregates where they are given. */
  private boolean inFlight(@Nullable Set<String> aggregates) {
    return aggregates == null
        ? inFlight.get() > 0
        : sent.stream()
            .anyMatch(
                execution -> aggregates.contains(execution.conversation) && !execution.landed);
  }

  /** Runs a command again that failed, or refuses it; what it left in memory goes. */
  private void ended(Execution execution) {
    cache.remove(execution.conversation);
    Throwable failure = execution.failure;
    if (execution.answered() || failure == null) {
      return;
    }
    if (Refusals.runAgain(failure) && execution.runs <= RUNS_AGAIN) {
      again.add(execution);
      onRunAgain.run();
    } else {
      refuse(execution, failure);
      acknowledgements.put(execution);
    }
  }

  private static void refuse(Execution execution, Throwable failure) {
    if (Refusals.conflict(failure)) {
      execution.refuse(
          RejectionCode.CONFLICT,
          "another writer was faster each time the command was run; nothing was done",
          RUNS_AGAIN + " times again");
    } else {
      execution.refuse(
          RejectionCode.UNAVAILABLE,
          "the event store failed; a message may be sent again with the same clientMessageId",
          null);
    }
  }
}
