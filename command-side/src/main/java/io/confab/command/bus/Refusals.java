package io.confab.command.bus;

import io.confab.command.store.StaleEpochException;
import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.axonframework.commandhandling.CommandExecutionException;
import org.axonframework.eventsourcing.eventstore.EventStoreException;
import org.axonframework.modelling.command.AggregateNotFoundException;
import org.axonframework.modelling.command.AggregateStreamCreationException;
import org.axonframework.modelling.command.ConcurrencyException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a failure means to the caller, and whether the command may be run again. */
final class Refusals {
  static final String OUTCOME_UNKNOWN =
      "not known to be durable in time; the outcome is unknown, and a message may be sent again"
          + " with the same clientMessageId";

  private static final Logger log = LoggerFactory.getLogger(Refusals.class);

  private Refusals() {}

  /** The failure itself, without what futures and buses wrap around it. */
  static Throwable unwrap(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null
        && (cause instanceof CompletionException
            || cause instanceof ExecutionException
            || cause instanceof CommandExecutionException)) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** Whether another writer took the sequence. */
  static boolean conflict(Throwable failure) {
    return failure instanceof ConcurrencyException
        || failure instanceof AggregateStreamCreationException;
  }

  /** Whether nothing was written, because the state was behind or ahead of the log. */
  static boolean runAgain(Throwable failure) {
    return conflict(failure) || failure instanceof StaleEpochException;
  }

  /** The refusal that a caller gets for {@code failure}. */
  static CommandRejected of(Throwable failure, String conversation) {
    Throwable cause = unwrap(failure);
    if (cause instanceof CommandRejected rejected) {
      return rejected;
    }
    if (cause instanceof AggregateNotFoundException) {
      return unknownConversation(conversation);
    }
    if (cause instanceof EventStoreException) {
      log.warn("the event store failed under a command", cause);
      return new CommandRejected(
          RejectionCode.UNAVAILABLE,
          "the event store failed; nothing was done",
          conversation,
          null);
    }
    log.error("a command failed", cause);
    return new CommandRejected(
        RejectionCode.INTERNAL_ERROR, "the command failed; nothing was done", conversation, null);
  }

  static CommandRejected unknownConversation(String conversation) {
    return new CommandRejected(
        RejectionCode.UNKNOWN_CONVERSATION, "there is no such conversation", conversation, null);
  }
}
