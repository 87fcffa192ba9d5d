package io.confab.query;

import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.ConversationRenamed;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.ConversationEvent.MembersAdded;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessageEdited;
import io.confab.events.ConversationEvent.MessagePinned;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.ConversationEvent.ReplySent;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.EventLog;
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.Role;
import io.confab.views.ConversationView;
import io.confab.views.ConversationView.LastMessage;
import io.confab.views.MemberView;
import io.confab.views.MembershipView;
import io.confab.views.MessageView;
import io.confab.views.ReactionView;
import io.confab.views.ReadMarker;
import io.confab.views.ViewReader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * A log and its views in memory. Views follow the log at once, unless held back. Times start at
 * {@link #START} and go on by a second with each event.
 */
final class TestWorld implements EventLog, ViewReader, ReadMarkers, InboxFreshness, EventReplay {
  static final Instant START = Instant.parse("2026-11-24T09:00:00Z");

  /** Counted down when a query begins to wait for a view. */
  final CountDownLatch waiting = new CountDownLatch(1);

  private final List<EventEnvelope> log = new ArrayList<>();
  private final Map<String, Conversation> conversations = new TreeMap<>();
  private final Map<String, ReadMarker> markers = new HashMap<>();
  private boolean held;
  private int longestEventRead;

  private static final class Conversation {
    final List<EventEnvelope> events = new ArrayList<>();
    int applied;
    Kind kind = Kind.GROUP;
    @Nullable String title;
    long messageCount;
    final TreeMap<String, MembershipView> members = new TreeMap<>();
    final TreeMap<Long, MessageView> messages = new TreeMap<>();
    final Map<Long, List<ReactionView>> reactions = new HashMap<>();
  }

  // Writing

  long start(String conversation, Kind kind, @Nullable String title, String... members) {
    List<Member> list = new ArrayList<>();
    for (String member : members) {
      list.add(new Member(member, list.isEmpty() ? Role.OWNER : Role.MEMBER));
    }
    return append(conversation, members[0], new ConversationStarted(kind, title, list));
  }

  synchronized long send(String conversation, String by, String body) {
    long ordinal =
        conversations.get(conversation).events.stream()
                .filter(e -> e.event() instanceof MessageSent)
                .count()
            + 1;
    return append(conversation, by, new MessageSent(ordinal, MessageContent.of(body)));
  }

  long reply(String conversation, String by, long root, String body) {
    return append(conversation, by, new ReplySent(root, MessageContent.of(body)));
  }

  synchronized long append(String conversation, String by, ConversationEvent event) {
    Conversation c = conversations.computeIfAbsent(conversation, id -> new Conversation());
    EventEnvelope envelope =
        new EventEnvelope(conversation, c.events.size(), START.plusSeconds(log.size()), by, event);
    log.add(envelope);
    c.events.add(envelope);
    if (!held) {
      catchUp();
    }
    return envelope.sequence();
  }

  /** From here on the views stay where they are. */
  synchronized void hold() {
    held = true;
  }

  synchronized void release() {
    held = false;
    catchUp();
  }

  private void catchUp() {
    for (Conversation c : conversations.values()) {
      while (c.applied < c.events.size()) {
        apply(c, c.events.get(c.applied++));
      }
    }
    notifyAll();
  }

  private static void apply(Conversation c, EventEnvelope e) {
    ConversationEvent event = e.event();
    if (event instanceof ConversationStarted started) {
      c.kind = started.kind();
      c.title = started.title();
      started.members().forEach(member -> join(c, member, e));
    } else if (event instanceof ConversationRenamed renamed) {
      c.title = renamed.title();
    } else if (event instanceof MembersAdded added) {
      added.members().forEach(member -> join(c, member, e));
    } else if (event instanceof MemberRemoved removed) {
      c.members.remove(removed.member());
    } else if (event instanceof MessageSent sent) {
      c.messageCount = sent.ordinal();
      c.messages.put(e.sequence(), message(e, sent.ordinal(), null, sent.content()));
      c.members.computeIfPresent(
          e.by(),
          (user, m) ->
              new MembershipView(
                  user, m.conversation(), m.role(), m.since(), m.joinedOrdinal(), sent.ordinal()));
    } else if (event instanceof ReplySent reply) {
      c.messages.put(e.sequence(), message(e, 0, reply.root(), reply.content()));
      change(c, reply.root(), m -> m.replies++, e);
    } else if (event instanceof MessageEdited edited) {
      change(c, edited.message(), m -> m.edited(edited.body(), e.at()), e);
    } else if (event instanceof MessageDeleted deleted) {
      c.reactions.remove(deleted.message());
      change(c, deleted.message(), m -> m.deleted = true, e);
    } else if (event instanceof MessagePinned pinned) {
      change(c, pinned.message(), m -> m.pinned = true, e);
    } else if (event instanceof ReactionAdded added) {
      c.reactions
          .computeIfAbsent(added.message(), m -> new ArrayList<>())
          .add(new ReactionView(added.emoji(), e.by(), e.at()));
      change(c, added.message(), m -> {}, e);
    } else {
      throw new IllegalArgumentException("this world does not know " + event.type());
    }
  }

  private static void join(Conversation c, Member member, EventEnvelope e) {
    c.members.put(
        member.user(),
        new MembershipView(
            member.user(), e.conversation(), member.role(), e.at(), c.messageCount, 0));
  }

  private static MessageView message(
      EventEnvelope e, long ordinal, @Nullable Long root, MessageContent content) {
    return new MessageView(
        e.conversation(),
        e.sequence(),
        ordinal,
        root,
        e.by(),
        e.at(),
        content.body(),
        content.clientMessageId(),
        content.mentions(),
        content.attachments(),
        0,
        null,
        Map.of(),
        null,
        false,
        false);
  }

  private static final class Change {
    String body = "";
    int replies;
    @Nullable Instant editedAt;
    boolean deleted;
    boolean pinned;

    void edited(String body, Instant at) {
      this.body = body;
      this.editedAt = at;
    }
  }

  private static void change(
      Conversation c, long sequence, java.util.function.Consumer<Change> how, EventEnvelope e) {
    MessageView m = c.messages.get(sequence);
    Change change = new Change();
    change.body = m.body();
    change.replies = m.replyCount();
    change.editedAt = m.editedAt();
    change.deleted = m.deleted();
    change.pinned = m.pinned();
    how.accept(change);
    Map<String, Integer> counts = new TreeMap<>();
    c.reactions
        .getOrDefault(sequence, List.of())
        .forEach(r -> counts.merge(r.emoji(), 1, Integer::sum));
    c.messages.put(
        sequence,
        new MessageView(
            m.conversation(),
            m.sequence(),
            m.ordinal(),
            m.root(),
            m.by(),
            m.at(),
            change.deleted ? "" : change.body,
            m.clientMessageId(),
            m.mentions(),
            m.attachments(),
            change.replies,
            change.replies > m.replyCount() ? e.at() : m.lastReplyAt(),
            counts,
            change.editedAt,
            change.deleted,
            change.pinned));
  }

  // EventLog

  @Override
  public synchronized long head(String conversation) {
    Conversation c = conversations.get(conversation);
    return c == null ? -1 : c.events.size() - 1;
  }

  @Override
  public synchronized List<EncodedEvent> read(String conversation, long from, int limit) {
    List<EncodedEvent> read =
        conversations.get(conversation).events.stream()
            .skip(from)
            .limit(limit)
            .map(TestWorld::encoded)
            .toList();
    longestEventRead = Math.max(longestEventRead, read.size());
    return read;
  }

  /** The greatest number of events that were asked of the log at once. */
  synchronized int longestEventRead() {
    return longestEventRead;
  }

  private static EncodedEvent encoded(EventEnvelope e) {
    return new EncodedEvent(e.conversation(), e.sequence(), e.type(), EventJson.write(e));
  }

  // EventReplay

  @Override
  public Replay open(@Nullable Instant since) {
    List<EventEnvelope> events;
    synchronized (this) {
      events = List.copyOf(log);
    }
    var iterator =
        events.stream().dropWhile(e -> since != null && e.at().isBefore(since)).iterator();
    return new Replay() {
      @Override
      public @Nullable EncodedEvent next() {
        return iterator.hasNext() ? encoded(iterator.next()) : null;
      }

      @Override
      public void close() {}
    };
  }

  // ReadMarkers and InboxFreshness

  @Override
  public synchronized ReadMarker advance(String conversation, String user, ReadMarker marker) {
    return markers.merge(
        conversation + " " + user, marker, (old, more) -> more.upTo() > old.upTo() ? more : old);
  }

  @Override
  public synchronized ReadMarker readMarker(String conversation, String user) {
    return markers.getOrDefault(conversation + " " + user, ReadMarker.NONE);
  }

  @Override
  public synchronized boolean awaitCurrent(Duration timeout) throws InterruptedException {
    return await(
        () -> conversations.values().stream().allMatch(c -> c.applied == c.events.size()), timeout);
  }

  // ViewReader

  @Override
  public synchronized long applied(View view, String conversation) {
    Conversation c = conversations.get(conversation);
    return c == null ? -1 : c.applied - 1;
  }

  @Override
  public synchronized boolean awaitApplied(
      View view, String conversation, long sequence, Duration timeout) throws InterruptedException {
    return await(() -> applied(view, conversation) >= sequence, timeout);
  }

  private boolean await(java.util.function.BooleanSupplier done, Duration timeout)
      throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!done.getAsBoolean()) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      waiting.countDown();
      wait(left / 1_000_000 + 1);
    }
    return true;
  }

  @Override
  public synchronized @Nullable ConversationView conversation(String conversation) {
    Conversation c = conversations.get(conversation);
    if (c == null || c.applied == 0) {
      return null;
    }
    LastMessage last =
        main(c)
            .max(Comparator.comparing(MessageView::sequence))
            .map(m -> new LastMessage(m.sequence(), m.by(), m.at(), m.body(), m.deleted()))
            .orElse(null);
    return new ConversationView(
        conversation,
        c.kind,
        c.title,
        c.applied - 1,
        c.members.size(),
        c.messageCount,
        last,
        c.events.get(0).at(),
        c.events.get(c.applied - 1).at());
  }

  @Override
  public synchronized @Nullable MemberView member(String conversation, String user) {
    return members(conversation, null, Integer.MAX_VALUE).stream()
        .filter(m -> m.user().equals(user))
        .findFirst()
        .orElse(null);
  }

  @Override
  public synchronized List<MemberView> members(
      String conversation, @Nullable String after, int limit) {
    return conversations
        .get(conversation)
        .members
        .tailMap(after == null ? "" : after, false)
        .values()
        .stream()
        .limit(limit)
        .map(m -> new MemberView(m.user(), m.role(), m.since()))
        .toList();
  }

  @Override
  public synchronized List<MembershipView> memberships(String user) {
    return conversations.values().stream()
        .filter(c -> c.members.containsKey(user))
        .map(c -> c.members.get(user))
        .toList();
  }

  @Override
  public synchronized @Nullable MembershipView membership(String user, String conversation) {
    return conversations.get(conversation).members.get(user);
  }

  @Override
  public synchronized @Nullable MessageView message(String conversation, long sequence) {
    return conversations.get(conversation).messages.get(sequence);
  }

  private static java.util.stream.Stream<MessageView> main(Conversation c) {
    return c.messages.values().stream().filter(m -> m.root() == null);
  }

  @Override
  public synchronized List<MessageView> messagesBefore(
      String conversation, long before, int limit) {
    return main(conversations.get(conversation))
        .filter(m -> m.sequence() < before)
        .sorted(Comparator.comparing(MessageView::sequence).reversed())
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized List<MessageView> messagesAfter(String conversation, long after, int limit) {
    return main(conversations.get(conversation))
        .filter(m -> m.sequence() > after)
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized List<MessageView> replies(
      String conversation, long root, long after, int limit) {
    return conversations.get(conversation).messages.values().stream()
        .filter(m -> m.root() != null && m.root() == root && m.sequence() > after)
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized List<ReactionView> reactions(String conversation, long message) {
    return conversations.get(conversation).reactions.getOrDefault(message, List.of()).stream()
        .sorted(Comparator.comparing(ReactionView::emoji).thenComparing(ReactionView::user))
        .toList();
  }

  @Override
  public synchronized List<String> reactionsOf(String conversation, long message, String user) {
    return reactions(conversation, message).stream()
        .filter(r -> r.user().equals(user))
        .map(ReactionView::emoji)
        .toList();
  }
}
