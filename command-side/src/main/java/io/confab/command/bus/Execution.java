package io.confab.command.bus;

import static org.axonframework.commandhandling.GenericCommandResultMessage.asCommandResultMessage;

import io.confab.events.CommandRejected;
import io.confab.events.ConversationCommand;
import io.confab.events.RejectionCode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.axonframework.commandhandling.CommandCallback;
import org.axonframework.commandhandling.CommandMessage;
import org.axonframework.commandhandling.CommandResultMessage;
import org.axonframework.messaging.MessageHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A command on its way: waiting for its stripe, running, or waiting to be durable. Answered exactly
 * once. Except for the state and the answer, it is the stripe's.
 */
final class Execution {
  private static final Logger log = LoggerFactory.getLogger(Execution.class);

  private static final String WAITED_TOO_LONG =
      "the command waited too long for its turn; nothing was done";
  private static final String TOO_LATE =
      "it is later than the command may be begun; nothing was done";

  private enum State {
    QUEUED,
    RUNNING,
    ANSWERED
  }

  final CommandMessage<?> command;
  final MessageHandler<? super CommandMessage<?>> handler;
  final String conversation;

  /** When it was dispatched, by {@link System#nanoTime}. */
  final long came = System.nanoTime();

  /** {@link System#nanoTime} after which the caller is not kept waiting. */
  final long deadline;

  private final BooleanSupplier inTime;
  private final CommandCallback<Object, Object> callback;
  private final AtomicReference<State> state = new AtomicReference<>(State.QUEUED);

  /** The place in the order in which the stripe first ran its commands. */
  long number;

  /** How often it was run. */
  int runs;

  /** What has to be durable before anything may be said about the state that this run saw. */
  @Nullable CompletableFuture<?> basis;

  /** The append of this run's events. */
  @Nullable CompletableFuture<Void> append;

  /** Done when the basis or the append is, and what came of it has been dealt with. */
  @Nullable CompletableFuture<?> settled;

  /** Whether what came of the basis or the append has been dealt with. */
  volatile boolean landed;

  /** What will be answered, once all it rests on is durable. */
  @Nullable CommandResultMessage<?> outcome;

  /** Why what it rests on did not become durable. */
  @Nullable Throwable failure;

  /**
   * @param inTime whether the command may still be begun, see {@link CommandRuntime#send}
   */
  @SuppressWarnings("unchecked") // a callback only gets this command and its own result
  Execution(
      CommandMessage<?> command,
      MessageHandler<? super CommandMessage<?>> handler,
      CommandCallback<?, ?> callback,
      long deadline,
      BooleanSupplier inTime) {
    this.command = command;
    this.handler = handler;
    this.conversation = ((ConversationCommand) command.getPayload()).conversation();
    this.callback = (CommandCallback<Object, Object>) callback;
    this.deadline = deadline;
    this.inTime = inTime;
  }

  /** Starts a run; false where the caller has been answered meanwhile. */
  boolean begin() {
    if (!state.compareAndSet(State.QUEUED, State.RUNNING) && state.get() == State.ANSWERED) {
      return false;
    }
    runs++;
    basis = null;
    append = null;
    settled = null;
    landed = false;
    outcome = null;
    failure = null;
    return true;
  }

  /**
   * Why the command may not be begun any more, or null where it may. Looks at the time itself: in a
   * process that stood still the stripe may wake before whoever watches the deadlines.
   */
  @Nullable String tooLate() {
    if (deadline - System.nanoTime() < 0) {
      return WAITED_TOO_LONG;
    }
    return inTime.getAsBoolean() ? null : TOO_LATE;
  }

  boolean answered() {
    return state.get() == State.ANSWERED;
  }

  /** Gives the {@link #outcome} to the caller, unless it was answered before. */
  void answer() {
    CommandResultMessage<?> answer = outcome;
    if (answer != null && state.getAndSet(State.ANSWERED) != State.ANSWERED) {
      call(answer);
    }
  }

  /** Sets the refusal that will be the answer. */
  void refuse(RejectionCode code, String detail, @Nullable Object limit) {
    outcome = asCommandResultMessage(new CommandRejected(code, detail, conversation, limit));
  }

  /** Tells a caller that has waited long enough what is known. */
  void expire(String limit) {
    if (state.compareAndSet(State.QUEUED, State.ANSWERED)) {
      call(unavailable(WAITED_TOO_LONG, limit));
    } else if (state.compareAndSet(State.RUNNING, State.ANSWERED)) {
      call(unavailable(Refusals.OUTCOME_UNKNOWN, limit));
    }
  }

  private CommandResultMessage<?> unavailable(String detail, String limit) {
    return asCommandResultMessage(
        new CommandRejected(RejectionCode.UNAVAILABLE, detail, conversation, limit));
  }

  @SuppressWarnings("unchecked")
  private void call(CommandResultMessage<?> answer) {
    try {
      callback.onResult((CommandMessage<Object>) command, (CommandResultMessage<Object>) answer);
    } catch (RuntimeException | Error e) { // whoever it is, the others must have their answers
      log.error("a command's callback failed", e);
    }
  }
}
