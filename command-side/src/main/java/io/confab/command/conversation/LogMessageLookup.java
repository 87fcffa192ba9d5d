package io.confab.command.conversation;

import io.confab.command.store.SendLog;
import io.confab.events.CommandRejected;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessagePinned;
import io.confab.events.ConversationEvent.MessageUnpinned;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.ConversationEvent.ReactionRemoved;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.RejectionCode;
import java.time.Duration;
import java.util.ArrayList;
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
  private static final int PAGE = 1_000;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final SendLog log;
  private final Function<String, CompletableFuture<Void>> barrier;

  /**
   * @param barrier completes when all that was queued before for that conversation is durable
   */
  public LogMessageLookup(SendLog log, Function<String, CompletableFuture<Void>> barrier) {
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
    if (log.head(conversation) < before - 1) {
      awaitDurable(conversation);
    }
    long found = log.sent(conversation, sender, clientMessageId);
    return found < before ? found : -1;
  }

  @Override
  public List<EventEnvelope> marks(String conversation, long message) {
    awaitDurable(conversation);
    List<EventEnvelope> marks = new ArrayList<>();
    List<EncodedEvent> page;
    long from = message + 1;
    do {
      page = log.read(conversation, from, PAGE);
      for (EncodedEvent encoded : page) {
        if (mayMark(encoded)) {
          EventEnvelope envelope = EventJson.read(encoded.envelope());
          if (target(envelope) == message) {
            marks.add(envelope);
          }
        }
      }
      from += page.size();
    } while (!page.isEmpty());
    return marks;
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

  private static boolean mayMark(EncodedEvent event) {
    return switch (event.type()) {
      case MESSAGE_DELETED, REACTION_ADDED, REACTION_REMOVED, MESSAGE_PINNED, MESSAGE_UNPINNED ->
          true;
      case CONVERSATION_STARTED,
          CONVERSATION_RENAMED,
          MEMBERS_ADDED,
          MEMBER_REMOVED,
          MEMBER_ROLE_CHANGED,
          MESSAGE_SENT,
          REPLY_SENT,
          MESSAGE_EDITED ->
          false;
    };
  }

  private static long target(EventEnvelope envelope) {
    return switch (envelope.type()) {
      case MESSAGE_DELETED -> ((MessageDeleted) envelope.event()).message();
      case REACTION_ADDED -> ((ReactionAdded) envelope.event()).message();
      case REACTION_REMOVED -> ((ReactionRemoved) envelope.event()).message();
      case MESSAGE_PINNED -> ((MessagePinned) envelope.event()).message();
      case MESSAGE_UNPINNED -> ((MessageUnpinned) envelope.event()).message();
      case CONVERSATION_STARTED,
          CONVERSATION_RENAMED,
          MEMBERS_ADDED,
          MEMBER_REMOVED,
          MEMBER_ROLE_CHANGED,
          MESSAGE_SENT,
          REPLY_SENT,
          MESSAGE_EDITED ->
          throw new IllegalArgumentException(envelope.type() + " marks no message");
    };
  }
}
