package io.confab.command.conversation;

import io.confab.command.store.MessageLog;
import io.confab.events.CommandRejected;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.RejectionCode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Looks messages up in the log, after all that was queued for their conversation is durable. */
public final class LogMessageLookup implements MessageLookup {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final MessageLog log;
  private final Function<String, CompletableFuture<Void>> barrier;

  /**
   * @param barrier completes when all that was queued before for that conversation is durable
   */
  public LogMessageLookup(MessageLog log, Function<String, CompletableFuture<Void>> barrier) {
    this.log = log;
    this.barrier = barrier;
  }

  @Override
  public @Nullable EventEnvelope read(String conversation, long sequence) {
    List<EncodedEvent> found = log.read(conversation, sequence, 1);
    if (found.isEmpty()) {
      awaitDurable(conversation);
      found = log.read(conversation, sequence, 1);
    }
    return found.isEmpty() ? null : EventJson.read(found.get(0).envelope());
  }

  @Override
  public long sentBefore(String conversation, long before, String sender, String clientMessageId) {
    if (!log.knownDurable(conversation, before - 1)) {
      awaitDurable(conversation);
    }
    return log.sent(conversation, before, sender, clientMessageId);
  }

  @Override
  public List<EventEnvelope> marks(String conversation, long message) {
    awaitDurable(conversation);
    return log.marks(conversation, message).stream()
        .map(mark -> EventJson.read(mark.envelope()))
        .toList();
  }

  /** Bounded: this holds up all conversations of the stripe, and the end of the process too. */
  private void awaitDurable(String conversation) {
    try {
      barrier.apply(conversation).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new CompletionException(e.getCause());
    } catch (TimeoutException e) {
      throw notDurable(conversation);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw notDurable(conversation);
    }
  }

  private static CommandRejected notDurable(String conversation) {
    return new CommandRejected(
        RejectionCode.UNAVAILABLE,
        "What came before in this conversation is not durable in time; nothing was done",
        conversation,
        PATIENCE.toSeconds() + " s");
  }
}
