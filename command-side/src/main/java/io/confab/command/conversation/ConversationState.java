package io.confab.command.conversation;

import io.confab.events.CommandRejected;
import io.confab.events.ConversationEvent.ConversationRenamed;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.ConversationEvent.MemberRoleChanged;
import io.confab.events.ConversationEvent.MembersAdded;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessageEdited;
import io.confab.events.ConversationEvent.MessagePinned;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.ConversationEvent.MessageUnpinned;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.ConversationEvent.ReactionRemoved;
import io.confab.events.ConversationEvent.ReplySent;
import io.confab.events.EventEnvelope;
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import io.confab.events.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a conversation remembers: who is in it, its recent messages, and the marks on its messages.
 * Changed by events only, one at a time; each takes constant time, or the logarithm of the number
 * of marked messages.
 */
final class ConversationState {
  private final Map<String, Member> members;
  private final RecentMessages recent;
  private final MessageMarks marks;
  private @Nullable String conversation;
  private @Nullable Kind kind;
  private @Nullable String title;
  private Instant startedAt = Instant.EPOCH;
  private long head = -1;
  private long messages;
  private int owners;

  ConversationState() {
    members = new LinkedHashMap<>();
    recent = new RecentMessages();
    marks = new MessageMarks(MessageMarks.BOUND);
  }

  private ConversationState(ConversationSnapshot snapshot) {
    members = new LinkedHashMap<>();
    snapshot.members().forEach(seat -> put(new Member(seat.user(), seat.role())));
    recent = RecentMessages.of(snapshot.recent(), snapshot.dropped());
    marks = MessageMarks.of(MessageMarks.BOUND, snapshot.marksFloor(), snapshot.marks());
    conversation = snapshot.conversation();
    kind = snapshot.kind();
    title = snapshot.title();
    startedAt = Instant.ofEpochMilli(snapshot.startedAt());
    head = snapshot.head();
    messages = snapshot.messages();
  }

  static ConversationState of(ConversationSnapshot snapshot) {
    return new ConversationState(snapshot);
  }

  ConversationSnapshot snapshot() {
    List<ConversationSnapshot.Seat> seats = new ArrayList<>(members.size());
    members.forEach(
        (user, member) -> seats.add(new ConversationSnapshot.Seat(user, member.role())));
    return new ConversationSnapshot(
        ConversationSnapshot.FORMAT,
        conversation(),
        head,
        kind(),
        title,
        startedAt.toEpochMilli(),
        messages,
        seats,
        recent.toList(),
        recent.dropped(),
        marks.floor(),
        marks.toList());
  }

  boolean started() {
    return kind != null;
  }

  String conversation() {
    return Objects.requireNonNull(conversation, "not started");
  }

  Kind kind() {
    return Objects.requireNonNull(kind, "not started");
  }

  @Nullable String title() {
    return title;
  }

  Instant startedAt() {
    return startedAt;
  }

  /** The last event's sequence, or -1. */
  long head() {
    return head;
  }

  /** How many messages the main view has had, tombstones among them. */
  long messages() {
    return messages;
  }

  @Nullable Member member(String user) {
    return members.get(user);
  }

  int memberCount() {
    return members.size();
  }

  int owners() {
    return owners;
  }

  /**
   * The message or reply that this sender sent with that id, or null where there is none: looked up
   * only where there were more than the recent ones.
   */
  @Nullable SentMessage sent(String sender, String clientMessageId, MessageLookup lookup) {
    SentMessage found = recent.sent(sender, clientMessageId);
    if (found != null || !recent.dropped()) {
      return found;
    }
    long sequence = lookup.sentBefore(conversation(), recent.floor(), sender, clientMessageId);
    return sequence < 0 ? null : message(sequence, lookup);
  }

  /**
   * The message or reply of that sequence: most are among the recent; an older one is a point read.
   *
   * @throws CommandRejected {@code unknown-message} where that sequence is no message's
   */
  SentMessage message(long sequence, MessageLookup lookup) {
    SentMessage found = recent.find(sequence);
    if (found == null && sequence >= 0 && !recent.covers(sequence)) {
      EventEnvelope envelope = lookup.read(conversation(), sequence);
      found = envelope == null ? null : messageOf(envelope);
    }
    if (found == null) {
      throw new CommandRejected(
          RejectionCode.UNKNOWN_MESSAGE,
          "There is no message " + sequence + " in this conversation",
          sequence,
          "the sequence of a message, at most " + head);
    }
    return found;
  }

  /** Whether the body of that message is known to be this one. */
  boolean hasBody(SentMessage message, String body) {
    return recent.find(message.sequence()) != null
        && message.body() == SentMessage.fingerprint(body);
  }

  boolean deleted(long message, MessageLookup lookup) {
    return marksOf(message, lookup).deleted(message);
  }

  boolean pinned(long message, MessageLookup lookup) {
    return marksOf(message, lookup).pinned(message);
  }

  boolean reacted(long message, String user, String emoji, MessageLookup lookup) {
    return marksOf(message, lookup).reacted(message, user, emoji);
  }

  private MessageMarks marksOf(long message, MessageLookup lookup) {
    if (!marks.knows(message)) {
      marks.trim();
      List<EventEnvelope> log = lookup.marks(conversation(), message);
      marks.recall(message);
      log.forEach(this::apply);
    }
    return marks;
  }

  /** Takes the next event in. */
  void on(EventEnvelope envelope) {
    apply(envelope);
    marks.trim();
    head = envelope.sequence();
  }

  private void apply(EventEnvelope envelope) {
    switch (envelope.type()) {
      case CONVERSATION_STARTED -> {
        ConversationStarted started = (ConversationStarted) envelope.event();
        conversation = envelope.conversation();
        kind = started.kind();
        title = started.title();
        startedAt = envelope.at();
        started.members().forEach(this::put);
      }
      case CONVERSATION_RENAMED -> title = ((ConversationRenamed) envelope.event()).title();
      case MEMBERS_ADDED -> ((MembersAdded) envelope.event()).members().forEach(this::put);
      case MEMBER_REMOVED -> remove(((MemberRemoved) envelope.event()).member());
      case MEMBER_ROLE_CHANGED -> {
        MemberRoleChanged changed = (MemberRoleChanged) envelope.event();
        put(new Member(changed.member(), changed.role()));
      }
      case MESSAGE_SENT -> {
        messages = ((MessageSent) envelope.event()).ordinal();
        recent.add(Objects.requireNonNull(messageOf(envelope)));
      }
      case REPLY_SENT -> recent.add(Objects.requireNonNull(messageOf(envelope)));
      case MESSAGE_EDITED -> {
        MessageEdited edited = (MessageEdited) envelope.event();
        recent.edited(edited.message(), SentMessage.fingerprint(edited.body()));
      }
      case MESSAGE_DELETED -> marks.delete(((MessageDeleted) envelope.event()).message());
      case MESSAGE_PINNED -> marks.pin(((MessagePinned) envelope.event()).message());
      case MESSAGE_UNPINNED -> marks.unpin(((MessageUnpinned) envelope.event()).message());
      case REACTION_ADDED -> {
        ReactionAdded added = (ReactionAdded) envelope.event();
        marks.react(added.message(), shared(envelope.by()), added.emoji().intern());
      }
      case REACTION_REMOVED -> {
        ReactionRemoved removed = (ReactionRemoved) envelope.event();
        marks.takeBack(removed.message(), envelope.by(), removed.emoji());
      }
    }
  }

  /** What that event sent, or null where it is neither a message nor a reply. */
  private @Nullable SentMessage messageOf(EventEnvelope envelope) {
    return switch (envelope.type()) {
      case MESSAGE_SENT ->
          sent(envelope, SentMessage.NO_ROOT, ((MessageSent) envelope.event()).content());
      case REPLY_SENT -> {
        ReplySent reply = (ReplySent) envelope.event();
        yield sent(envelope, reply.root(), reply.content());
      }
      case CONVERSATION_STARTED,
          CONVERSATION_RENAMED,
          MEMBERS_ADDED,
          MEMBER_REMOVED,
          MEMBER_ROLE_CHANGED,
          MESSAGE_EDITED,
          MESSAGE_DELETED,
          REACTION_ADDED,
          REACTION_REMOVED,
          MESSAGE_PINNED,
          MESSAGE_UNPINNED ->
          null;
    };
  }

  private SentMessage sent(EventEnvelope envelope, long root, MessageContent content) {
    return new SentMessage(
        envelope.sequence(),
        envelope.at().toEpochMilli(),
        shared(envelope.by()),
        content.clientMessageId(),
        root,
        SentMessage.fingerprint(content.body()));
  }

  /** One string per member, not one per event. */
  private String shared(String user) {
    Member member = members.get(user);
    return member == null ? user : member.user();
  }

  private void put(Member member) {
    uncount(members.put(member.user(), member));
    if (member.role() == Role.OWNER) {
      owners++;
    }
  }

  private void remove(String user) {
    uncount(members.remove(user));
  }

  private void uncount(@Nullable Member former) {
    if (former != null && former.role() == Role.OWNER) {
      owners--;
    }
  }

  /** About how many bytes the state takes. */
  int weight() {
    return 1_024 + 160 * members.size() + 256 * recent.size() + 112 * marks.entries();
  }
}
