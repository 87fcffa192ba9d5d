package io.confab.views;

import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessageEdited;
import io.confab.events.ConversationEvent.MessagePinned;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.ConversationEvent.MessageUnpinned;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.ConversationEvent.ReactionRemoved;
import io.confab.events.ConversationEvent.ReplySent;
import io.confab.events.EventEnvelope;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Messages, threads and reactions. */
final class HistoryFold extends Fold {
  private static final Runnable NOTHING = () -> {};

  private final HistoryDocuments documents;
  private final Map<MessageKey, MessageDocument> messages = new LinkedHashMap<>();

  /** Reactions as they stand after the batch where it touched them; empty where taken back. */
  private final Map<MessageKey, Map<Reactor, Optional<Instant>>> reactions = new HashMap<>();

  HistoryFold(HistoryDocuments documents) {
    this.documents = documents;
  }

  private record MessageKey(String conversation, long sequence) {}

  private record Reactor(String emoji, String user) {}

  @Override
  long stored(String conversation) {
    return documents.applied(conversation);
  }

  @Override
  Runnable step(EventEnvelope envelope) {
    return switch (envelope.type()) {
      case MESSAGE_SENT -> () -> sent(envelope, (MessageSent) envelope.event());
      case REPLY_SENT -> () -> replied(envelope, (ReplySent) envelope.event());
      case MESSAGE_EDITED -> {
        MessageEdited edited = (MessageEdited) envelope.event();
        yield () -> change(envelope, edited.message(), m -> m.edited(edited.body(), envelope.at()));
      }
      case MESSAGE_DELETED ->
          () -> deleted(envelope.conversation(), ((MessageDeleted) envelope.event()).message());
      case REACTION_ADDED -> () -> reacted(envelope, (ReactionAdded) envelope.event());
      case REACTION_REMOVED -> () -> unreacted(envelope, (ReactionRemoved) envelope.event());
      case MESSAGE_PINNED -> {
        MessagePinned pinned = (MessagePinned) envelope.event();
        yield () -> change(envelope, pinned.message(), m -> m.pinned(true));
      }
      case MESSAGE_UNPINNED -> {
        MessageUnpinned unpinned = (MessageUnpinned) envelope.event();
        yield () -> change(envelope, unpinned.message(), m -> m.pinned(false));
      }
      case CONVERSATION_STARTED,
          CONVERSATION_RENAMED,
          MEMBERS_ADDED,
          MEMBER_REMOVED,
          MEMBER_ROLE_CHANGED ->
          NOTHING;
    };
  }

  private void sent(EventEnvelope envelope, MessageSent sent) {
    messages.put(
        new MessageKey(envelope.conversation(), envelope.sequence()),
        new MessageDocument(envelope, sent.ordinal(), null, sent.content()));
  }

  private void replied(EventEnvelope envelope, ReplySent reply) {
    messages.put(
        new MessageKey(envelope.conversation(), envelope.sequence()),
        new MessageDocument(envelope, 0, reply.root(), reply.content()));
    change(envelope, reply.root(), root -> root.replied(envelope.at()));
  }

  private void deleted(String conversation, long sequence) {
    MessageKey key = new MessageKey(conversation, sequence);
    MessageDocument message = message(key);
    if (message == null || message.deleted()) {
      return;
    }
    message.delete();
    Map<Reactor, Optional<Instant>> touched = touched(key);
    touched.replaceAll((reactor, at) -> Optional.empty());
    documents
        .reactions(conversation, sequence)
        .forEach(r -> touched.put(new Reactor(r.emoji(), r.user()), Optional.empty()));
    if (message.root != null) {
      MessageDocument root = message(new MessageKey(conversation, message.root));
      if (root != null) {
        root.replyDeleted();
      }
    }
  }

  private void reacted(EventEnvelope envelope, ReactionAdded added) {
    MessageKey key = new MessageKey(envelope.conversation(), added.message());
    MessageDocument message = message(key);
    Reactor reactor = new Reactor(added.emoji(), envelope.by());
    if (message != null && !message.deleted() && !stands(key, reactor)) {
      message.reacted(added.emoji());
      touched(key).put(reactor, Optional.of(envelope.at()));
    }
  }

  private void unreacted(EventEnvelope envelope, ReactionRemoved removed) {
    MessageKey key = new MessageKey(envelope.conversation(), removed.message());
    MessageDocument message = message(key);
    Reactor reactor = new Reactor(removed.emoji(), envelope.by());
    if (message != null && stands(key, reactor)) {
      message.unreacted(removed.emoji());
      touched(key).put(reactor, Optional.empty());
    }
  }

  /** The counts are of people, so a reaction that stands already must not count again. */
  private boolean stands(MessageKey key, Reactor reactor) {
    Optional<Instant> touched = touched(key).get(reactor);
    return touched != null
        ? touched.isPresent()
        : documents.reacted(key.conversation, key.sequence, reactor.emoji, reactor.user);
  }

  private Map<Reactor, Optional<Instant>> touched(MessageKey key) {
    return reactions.computeIfAbsent(key, k -> new HashMap<>());
  }

  private void change(EventEnvelope envelope, long sequence, Consumer<MessageDocument> change) {
    MessageDocument message = message(new MessageKey(envelope.conversation(), sequence));
    if (message != null) {
      change.accept(message);
    }
  }

  private @Nullable MessageDocument message(MessageKey key) {
    MessageDocument message = messages.get(key);
    if (message == null) {
      message = documents.message(key.conversation, key.sequence);
      if (message != null) {
        messages.put(key, message);
      }
    }
    return message;
  }

  @Override
  void write() {
    messages.forEach((key, message) -> documents.put(key.conversation, message));
    reactions.forEach(
        (key, touched) -> touched.forEach((reactor, at) -> write(key, reactor, at.orElse(null))));
    applied().forEach(documents::putApplied);
  }

  private void write(MessageKey key, Reactor reactor, @Nullable Instant at) {
    if (at == null) {
      documents.removeReaction(key.conversation, key.sequence, reactor.emoji, reactor.user);
    } else {
      documents.putReaction(
          key.conversation, key.sequence, new ReactionView(reactor.emoji, reactor.user, at));
    }
  }
}
