package io.confab.views;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.ConversationEvent.MemberRoleChanged;
import io.confab.events.ConversationEvent.MembersAdded;
import io.confab.events.EventEnvelope;
import io.confab.events.Member;
import io.confab.views.ConversationWrite.Elsewhere;
import io.confab.views.CosmosContainer.Key;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One conversation's documents in {@link ConversationContainers}, for one batch, as they were at
 * the watermark.
 */
final class CosmosConversations implements ConversationsDocuments, CosmosView.Folded {

  /** Members of which one query of all costs less than as many point reads. */
  private static final int MANY = 200;

  private final ConversationContainers containers;
  private final ConversationWrite write;
  private final StoredDocuments stored;
  private final long watermark;
  private final List<CosmosDocument> memberships = new ArrayList<>();
  private long applied;
  private @Nullable JsonNode summary;

  private CosmosConversations(ConversationContainers containers, ConversationWrite write) {
    this.containers = containers;
    this.write = write;
    this.stored = containers.stored();
    this.watermark = write.watermark();
    this.applied = watermark;
  }

  /** Reads together what the events are certain to ask for. */
  static CosmosConversations read(
      ConversationContainers containers, String conversation, List<EventEnvelope> events) {
    CosmosConversations documents =
        new CosmosConversations(containers, containers.begin(conversation));
    documents.readMembers(conversation, events);
    return documents;
  }

  private void readMembers(String conversation, List<EventEnvelope> events) {
    if (watermark < 0) {
      return; // nobody is in it
    }
    Set<Key> keys = new HashSet<>();
    for (EventEnvelope envelope : events) {
      if (envelope.sequence() > watermark) {
        for (String user : touched(envelope)) {
          keys.add(ConversationContainers.memberKey(conversation, user));
        }
      }
    }
    if (keys.size() < MANY) {
      stored.read(keys);
    } else {
      containers.storedMembers(conversation).forEach(stored::know);
      keys.forEach(stored::knowAbsent);
    }
  }

  private static List<String> touched(EventEnvelope envelope) {
    return switch (envelope.type()) {
      case MEMBERS_ADDED ->
          ((MembersAdded) envelope.event()).members().stream().map(Member::user).toList();
      case MEMBER_REMOVED -> List.of(((MemberRemoved) envelope.event()).member());
      case MEMBER_ROLE_CHANGED -> List.of(((MemberRoleChanged) envelope.event()).member());
      case CONVERSATION_STARTED,
          CONVERSATION_RENAMED,
          MESSAGE_SENT,
          REPLY_SENT,
          MESSAGE_EDITED,
          MESSAGE_DELETED,
          REACTION_ADDED,
          REACTION_REMOVED,
          MESSAGE_PINNED,
          MESSAGE_UNPINNED ->
          List.of();
    };
  }

  @Override
  public @Nullable ConversationView summary(String conversation) {
    JsonNode value = write.headValue();
    return value == null ? null : CosmosJson.read(value, ConversationView.class);
  }

  @Override
  public @Nullable MembershipView membership(String conversation, String user) {
    return ConversationContainers.membership(value(conversation, user));
  }

  private @Nullable JsonNode value(String conversation, String user) {
    if (watermark < 0) {
      return null;
    }
    ObjectNode document = stored.get(ConversationContainers.memberKey(conversation, user));
    return CosmosDocument.value(document, watermark);
  }

  @Override
  public long sentBy(String conversation, String user) {
    return containers.sentBy(conversation, user, watermark);
  }

  @Override
  public void put(MembershipView membership) {
    put(membership.conversation(), membership.user(), CosmosJson.of(membership));
  }

  @Override
  public void remove(String conversation, String user) {
    put(conversation, user, null);
  }

  private void put(String conversation, String user, @Nullable JsonNode value) {
    write.add(
        ConversationContainers.memberDocument(
            conversation, user, value, value(conversation, user)));
    memberships.add(ConversationContainers.userDocument(conversation, user, value));
  }

  @Override
  public void putSent(String conversation, String user, long sequence, long count) {
    write.add(ConversationContainers.sentDocument(conversation, user, sequence, count));
  }

  @Override
  public void put(ConversationView view) {
    applied = view.head();
    summary = CosmosJson.of(view);
  }

  @Override
  public void write() {
    if (applied > watermark) {
      write.commit(
          applied,
          summary,
          memberships.isEmpty()
              ? Elsewhere.NOWHERE
              : () -> containers.writeMemberships(memberships, applied));
    }
  }

  @Override
  public long applied() {
    return applied;
  }
}
