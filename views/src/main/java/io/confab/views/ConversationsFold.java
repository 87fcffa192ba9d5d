package io.confab.views;

import io.confab.events.ConversationEvent.ConversationRenamed;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.ConversationEvent.MemberRoleChanged;
import io.confab.events.ConversationEvent.MembersAdded;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessageEdited;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EventEnvelope;
import io.confab.events.Member;
import io.confab.events.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Summaries, members, memberships, and who has sent how much. */
final class ConversationsFold extends Fold {
  private final ConversationsDocuments documents;
  private final Map<String, ConversationDocument> conversations = new HashMap<>();
  private final Map<MemberKey, Place> places = new HashMap<>();

  /** How many messages of the main view users have sent, those that the batch asked for. */
  private final Map<MemberKey, Long> sent = new HashMap<>();

  private final List<SentRow> sentRows = new ArrayList<>();

  ConversationsFold(ConversationsDocuments documents) {
    this.documents = documents;
  }

  private record MemberKey(String conversation, String user) {}

  private record SentRow(MemberKey by, long sequence, long count) {}

  /** A user's place in a conversation: taken, or empty where they are no member. */
  private static final class Place {
    private @Nullable MembershipView membership;
    private boolean touched;

    Place(@Nullable MembershipView membership) {
      this.membership = membership;
    }

    void put(@Nullable MembershipView changed) {
      membership = changed;
      touched = true;
    }
  }

  @Override
  long stored(String conversation) {
    ConversationView view = documents.summary(conversation);
    if (view == null) {
      return -1;
    }
    conversations.put(conversation, new ConversationDocument(view));
    return view.head();
  }

  @Override
  Runnable step(EventEnvelope envelope) {
    if (envelope.event() instanceof ConversationStarted started) {
      return () -> started(envelope, started);
    }
    ConversationDocument conversation = conversations.get(envelope.conversation());
    if (conversation == null) {
      throw new SequenceHoleException(envelope.conversation(), -1, envelope.sequence());
    }
    Runnable change = change(envelope, conversation);
    return () -> {
      change.run();
      conversation.applied(envelope);
    };
  }

  private Runnable change(EventEnvelope envelope, ConversationDocument conversation) {
    return switch (envelope.type()) {
      case CONVERSATION_STARTED -> throw new IllegalStateException("starts twice");
      case CONVERSATION_RENAMED ->
          () -> conversation.title = ((ConversationRenamed) envelope.event()).title();
      case MEMBERS_ADDED ->
          () -> join(envelope, conversation, ((MembersAdded) envelope.event()).members());
      case MEMBER_REMOVED ->
          () -> remove(conversation, envelope, ((MemberRemoved) envelope.event()).member());
      case MEMBER_ROLE_CHANGED -> {
        MemberRoleChanged changed = (MemberRoleChanged) envelope.event();
        yield () -> changeRole(envelope, changed.member(), changed.role());
      }
      case MESSAGE_SENT -> () -> sent(envelope, conversation, (MessageSent) envelope.event());
      case MESSAGE_EDITED -> {
        MessageEdited edited = (MessageEdited) envelope.event();
        yield () -> conversation.edited(edited.message(), edited.body());
      }
      case MESSAGE_DELETED ->
          () -> conversation.deleted(((MessageDeleted) envelope.event()).message());
      case REPLY_SENT, REACTION_ADDED, REACTION_REMOVED, MESSAGE_PINNED, MESSAGE_UNPINNED ->
          () -> {};
    };
  }

  private void started(EventEnvelope envelope, ConversationStarted started) {
    ConversationDocument conversation = new ConversationDocument(envelope, started);
    conversations.put(envelope.conversation(), conversation);
    join(envelope, conversation, started.members());
  }

  private void join(
      EventEnvelope envelope, ConversationDocument conversation, List<Member> members) {
    for (Member member : members) {
      Place place = place(envelope.conversation(), member.user());
      if (place.membership == null) {
        place.put(
            new MembershipView(
                member.user(),
                envelope.conversation(),
                member.role(),
                envelope.at(),
                conversation.messageCount,
                conversation.messageCount == 0
                    ? 0
                    : sentBy(new MemberKey(envelope.conversation(), member.user()))));
        conversation.memberCount++;
      }
    }
  }

  private void remove(ConversationDocument conversation, EventEnvelope envelope, String user) {
    Place place = place(envelope.conversation(), user);
    if (place.membership != null) {
      place.put(null);
      conversation.memberCount--;
    }
  }

  private void changeRole(EventEnvelope envelope, String user, Role role) {
    Place place = place(envelope.conversation(), user);
    MembershipView old = place.membership;
    if (old != null) {
      place.put(
          new MembershipView(
              user, old.conversation(), role, old.since(), old.joinedOrdinal(), old.joinedOwn()));
    }
  }

  private void sent(
      EventEnvelope envelope, ConversationDocument conversation, MessageSent message) {
    conversation.sent(envelope, message.ordinal(), message.content().body());
    MemberKey by = new MemberKey(envelope.conversation(), envelope.by());
    long count = sentBy(by) + 1;
    sent.put(by, count);
    sentRows.add(new SentRow(by, envelope.sequence(), count));
  }

  private long sentBy(MemberKey user) {
    return sent.computeIfAbsent(user, key -> documents.sentBy(key.conversation, key.user));
  }

  private Place place(String conversation, String user) {
    return places.computeIfAbsent(
        new MemberKey(conversation, user),
        key -> new Place(documents.membership(conversation, user)));
  }

  @Override
  void write() {
    places.forEach(this::write);
    for (SentRow row : sentRows) {
      documents.putSent(row.by.conversation, row.by.user, row.sequence, row.count);
    }
    for (String conversation : applied().keySet()) {
      ConversationDocument document = conversations.get(conversation);
      if (document != null) {
        documents.put(document.view());
      }
    }
  }

  private void write(MemberKey key, Place place) {
    MembershipView membership = place.membership;
    if (place.touched && membership == null) {
      documents.remove(key.conversation, key.user);
    } else if (place.touched && membership != null) {
      documents.put(membership);
    }
  }
}
