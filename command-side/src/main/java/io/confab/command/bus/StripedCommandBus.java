package io.confab.command.bus;

import io.confab.command.store.DurableEventStorageEngine;
import io.confab.events.RejectionCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.axonframework.commandhandling.CommandCallback;
import org.axonframework.commandhandling.CommandMessage;
import org.axonframework.commandhandling.CommandResultMessage;
import org.axonframework.commandhandling.SimpleCommandBus;
import org.axonframework.messaging.MessageHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs each command on the stripe of its conversation, and calls back when what the answer rests on
 * is durable. Payloads are {@link io.confab.events.ConversationCommand}s.
 *
 * <p>Commands of one conversation run, and are answered, in the order in which they were
 * dispatched. Callbacks run one after the other on one thread, the acknowledging one, or on that of
 * the deadlines; they must be short.
 */
final class StripedCommandBus extends SimpleCommandBus {
  static final String SHUTTING_DOWN = "the server is shutting down";

  /** In a command's metadata, a {@link BooleanSupplier}: whether it may still be begun. */
  static final String IN_TIME = "confab-in-time";

  private static final Logger log = LoggerFactory.getLogger(StripedCommandBus.class);
  private static final Duration TICK = Duration.ofMillis(100);

  /** For a stripe that was told to end at once: it may hang in the store. */
  private static final Duration LAST_WAIT = Duration.ofSeconds(1);

  private final CommandSettings settings;
  private final Stripe[] stripes;
  private final Mailbox<Execution> acknowledgements = new Mailbox<>();
  private final Thread acknowledger = new Thread(this::acknowledge, "confab-acknowledge");
  private final Thread deadlines = new Thread(this::watchDeadlines, "confab-deadlines");
  private volatile boolean closing;
  private volatile boolean closed;

  StripedCommandBus(
      Builder builder,
      CommandSettings settings,
      DurableEventStorageEngine engine,
      Runnable onRunAgain) {
    super(builder);
    this.settings = settings;
    this.stripes = new Stripe[settings.stripes()];
    for (int i = 0; i < stripes.length; i++) {
      stripes[i] =
          new Stripe(
              "confab-stripe-" + i,
              engine,
              new AggregateCache(settings.cacheWeight() / stripes.length),
              this::runHere,
              acknowledgements,
              onRunAgain);
    }
  }

  void start() {
    for (Stripe stripe : stripes) {
      stripe.start();
    }
    acknowledger.start();
    deadlines.setDaemon(true);
    deadlines.start();
  }

  /** On the caller's thread, and returns at once. */
  @Override
  protected <C, R> void handle(
      CommandMessage<C> command,
      MessageHandler<? super CommandMessage<?>> handler,
      CommandCallback<? super C, ? super R> callback) {
    Execution execution =
        new Execution(
            command,
            handler,
            callback,
            System.nanoTime() + settings.timeout().toNanos(),
            command.getMetaData().get(IN_TIME) instanceof BooleanSupplier inTime
                ? inTime
                : () -> true);
    if (closing) {
      refuse(execution, SHUTTING_DOWN, null);
    } else if (!stripe(execution.conversation).offer(execution, settings.queue())) {
      refuse(execution, "too many commands wait for their turn", settings.queue());
    }
  }

  private static void refuse(Execution execution, String detail, @Nullable Object limit) {
    execution.refuse(RejectionCode.UNAVAILABLE, detail, limit);
    execution.answer();
  }

  private Stripe stripe(String conversation) {
    int hash = conversation.hashCode() * 0x9E3779B9; // ids differ in their last characters only
    return stripes[(hash >>> 16) % stripes.length];
  }

  /** On the stripe. */
  private void runHere(Execution execution) {
    super.handle(
        execution.command,
        execution.handler,
        (CommandMessage<?> command, CommandResultMessage<?> result) -> execution.outcome = result);
  }

  private void acknowledge() {
    while (true) {
      Execution execution = acknowledgements.poll();
      if (execution != null) {
        execution.answer();
      } else if (closed) {
        return;
      } else {
        acknowledgements.sleep(Long.MAX_VALUE, () -> acknowledgements.isEmpty() && !closed);
      }
    }
  }

  private void watchDeadlines() {
    while (!closed) {
      for (Stripe stripe : stripes) {
        stripe.expire(System.nanoTime(), settings.timeout().toString());
      }
      try {
        Thread.sleep(TICK.toMillis());
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** How many aggregates are in memory. */
  int cached() {
    int sum = 0;
    for (Stripe stripe : stripes) {
      sum += stripe.cached();
    }
    return sum;
  }

  /** How many commands wait for their turn. */
  int waiting() {
    int sum = 0;
    for (Stripe stripe : stripes) {
      sum += stripe.waiting();
    }
    return sum;
  }

  /** How many commands wait for the store. */
  int inFlight() {
    int sum = 0;
    for (Stripe stripe : stripes) {
      sum += stripe.inFlight();
    }
    return sum;
  }

  /**
   * Refuses what comes from here on and waits until what came before is answered, at most as long
   * as a command may take; what is open then is answered as unknown.
   */
  void close() throws InterruptedException {
    closing = true;
    long end = System.nanoTime() + settings.timeout().toNanos();
    List<Stripe> late = new ArrayList<>();
    for (Stripe stripe : stripes) {
      stripe.close();
    }
    for (Stripe stripe : stripes) {
      stripe.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
      if (stripe.isAlive()) {
        late.add(stripe);
        stripe.abandon();
      }
    }
    for (Stripe stripe : late) {
      log.warn("{} was stopped while it waited for the event store", stripe.getName());
      stripe.join(LAST_WAIT.toMillis());
    }
    closed = true;
    acknowledgements.wake();
    acknowledger.join();
    deadlines.interrupt();
    deadlines.join();
    for (Stripe stripe : stripes) {
      stripe.expireAll(settings.timeout().toString());
    }
  }
}
