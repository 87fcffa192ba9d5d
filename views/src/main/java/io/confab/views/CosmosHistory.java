package io.confab.views;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessageEdited;
import io.confab.events.ConversationEvent.MessagePinned;
import io.confab.events.ConversationEvent.MessageUnpinned;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.ConversationEvent.ReactionRemoved;
import io.confab.events.ConversationEvent.ReplySent;
import io.confab.events.EventEnvelope;
import io.confab.views.ConversationWrite.Elsewhere;
import io.confab.views.CosmosContainer.Key;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One conversation's documents in {@link HistoryContainer}, for one batch, as they were at the
 * watermark. What was created behind that is not asked for: it was not there.
 */
final class CosmosHistory implements HistoryDocuments, CosmosView.Folded {
  private final HistoryContainer container;
  private final ConversationWrite write;
  private final StoredDocuments stored;
  private final long watermark;
  private long applied;

  private CosmosHistory(HistoryContainer container, ConversationWrite write) {
    this.container = container;
    this.write = write;
    this.stored = container.stored();
    this.watermark = write.watermark();
    this.applied = watermark;
  }

  /** Reads together what the events are certain to ask for. */
  static CosmosHistory read(
      HistoryContainer container, String conversation, List<EventEnvelope> events) {
    CosmosHistory history = new CosmosHistory(container, container.begin(conversation));
    Set<Key> keys = new HashSet<>();
    for (EventEnvelope envelope : events) {
      if (envelope.sequence() > history.watermark) {
        history.touched(envelope, keys);
      }
    }
    history.stored.read(keys);
    return history;
  }

  private void touched(EventEnvelope envelope, Set<Key> keys) {
    switch (envelope.type()) {
      case REPLY_SENT -> touched(envelope, ((ReplySent) envelope.event()).root(), keys);
      case MESSAGE_EDITED -> touched(envelope, ((MessageEdited) envelope.event()).message(), keys);
      case MESSAGE_DELETED ->
          touched(envelope, ((MessageDeleted) envelope.event()).message(), keys);
      case MESSAGE_PINNED -> touched(envelope, ((MessagePinned) envelope.event()).message(), keys);
      case MESSAGE_UNPINNED ->
          touched(envelope, ((MessageUnpinned) envelope.event()).message(), keys);
      case REACTION_ADDED -> {
        ReactionAdded added = (ReactionAdded) envelope.event();
        touched(envelope, added.message(), added.emoji(), keys);
      }
      case REACTION_REMOVED -> {
        ReactionRemoved removed = (ReactionRemoved) envelope.event();
        touched(envelope, removed.message(), removed.emoji(), keys);
      }
      case MESSAGE_SENT,
          CONVERSATION_STARTED,
          CONVERSATION_RENAMED,
          MEMBERS_ADDED,
          MEMBER_REMOVED,
          MEMBER_ROLE_CHANGED -> {}
    }
  }

  private void touched(EventEnvelope envelope, long message, Set<Key> keys) {
    if (message <= watermark) {
      keys.add(container.key(envelope.conversation(), message));
    }
  }

  private void touched(EventEnvelope envelope, long message, String emoji, Set<Key> keys) {
    touched(envelope, message, keys);
    if (message <= watermark) {
      keys.add(container.key(envelope.conversation(), message, emoji, envelope.by()));
    }
  }

  @Override
  public long applied(String conversation) {
    return watermark;
  }

  @Override
  public @Nullable MessageDocument message(String conversation, long sequence) {
    JsonNode value = value(sequence, container.key(conversation, sequence));
    return value == null ? null : new MessageDocument(CosmosJson.read(value, MessageView.class));
  }

  @Override
  public boolean reacted(String conversation, long message, String emoji, String user) {
    return value(message, container.key(conversation, message, emoji, user)) != null;
  }

  @Override
  public List<ReactionView> reactions(String conversation, long message) {
    if (message > watermark) {
      return List.of();
    }
    List<ObjectNode> found = container.storedReactions(conversation, message);
    found.forEach(stored::know);
    return found.stream()
        .map(document -> HistoryContainer.reaction(CosmosDocument.value(document, watermark)))
        .filter(Objects::nonNull)
        .toList();
  }

  /** What the document of that message, or of a reaction to it, held at the watermark. */
  private @Nullable JsonNode value(long message, Key key) {
    return message > watermark ? null : CosmosDocument.value(stored.get(key), watermark);
  }

  @Override
  public void put(String conversation, MessageDocument message) {
    Key key = container.key(conversation, message.sequence);
    write.add(
        new CosmosDocument(
            key.partition(),
            key.id(),
            HistoryContainer.keys(message),
            CosmosJson.of(message.view(conversation)),
            value(message.sequence, key)));
  }

  @Override
  public void putReaction(String conversation, long message, ReactionView reaction) {
    putReaction(conversation, message, reaction.emoji(), reaction.user(), CosmosJson.of(reaction));
  }

  @Override
  public void removeReaction(String conversation, long message, String emoji, String user) {
    putReaction(conversation, message, emoji, user, null);
  }

  private void putReaction(
      String conversation, long message, String emoji, String user, @Nullable JsonNode value) {
    Key key = container.key(conversation, message, emoji, user);
    write.add(
        new CosmosDocument(
            key.partition(),
            key.id(),
            HistoryContainer.keys(message, user),
            value,
            value(message, key)));
  }

  @Override
  public void putApplied(String conversation, long sequence) {
    applied = sequence;
  }

  @Override
  public void write() {
    if (applied > watermark) {
      write.commit(applied, null, Elsewhere.NOWHERE);
    }
  }

  @Override
  public long applied() {
    return applied;
  }
}
