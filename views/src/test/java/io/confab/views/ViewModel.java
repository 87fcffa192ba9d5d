package io.confab.views;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.ConversationEvent;
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
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.Role;
import io.confab.views.ConversationView.LastMessage;
import io.confab.views.ViewReader.View;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * What the views must say, each answer searched for in the log anew: slow, and nothing in common
 * with how the stores do it.
 */
public final class ViewModel {
  private final Map<String, List<EventEnvelope>> logs = new TreeMap<>();

  /** Each event once, in order. */
  public void add(Collection<EventEnvelope> events) {
    events.forEach(e -> logs.computeIfAbsent(e.conversation(), c -> new ArrayList<>()).add(e));
  }

  /** Compares everything that can be asked of the store. */
  public void assertSame(ViewReader views) {
    TreeSet<String> users = new TreeSet<>(List.of("nobody"));
    for (List<EventEnvelope> log : logs.values()) {
      for (EventEnvelope e : log) {
        users.add(e.by());
        joining(e).forEach(member -> users.add(member.user()));
      }
    }
    for (String conversation : logs.keySet()) {
      assertSame(views, conversation, users);
    }
    for (String user : users) {
      assertThat(views.memberships(user))
          .as("memberships of %s", user)
          .isEqualTo(
              logs.keySet().stream().map(c -> membership(user, c)).filter(m -> m != null).toList());
    }
  }

  private void assertSame(ViewReader views, String conversation, Collection<String> users) {
    long head = logs.get(conversation).size() - 1;
    for (View view : View.values()) {
      assertThat(views.applied(view, conversation)).isEqualTo(head);
    }
    assertThat(views.conversation(conversation)).isEqualTo(conversation(conversation));
    assertThat(views.members(conversation, null, Integer.MAX_VALUE))
        .isEqualTo(members(conversation));
    for (String user : users) {
      MembershipView membership = membership(user, conversation);
      assertThat(views.membership(user, conversation)).isEqualTo(membership);
      assertThat(views.member(conversation, user))
          .isEqualTo(
              membership == null
                  ? null
                  : new MemberView(user, membership.role(), membership.since()));
      assertSent(views, conversation, user);
      if (membership != null) {
        ReadMarker marker = views.readMarker(conversation, user);
        assertThat(Unread.count(views, views.conversation(conversation), membership, marker))
            .as("unread of %s in %s, read up to %s", user, conversation, marker.upTo())
            .isEqualTo(unread(conversation, user, marker.upTo()));
      }
    }
    List<MessageView> main = new ArrayList<>();
    for (long sequence = -1; sequence <= head + 1; sequence++) {
      MessageView message = message(conversation, sequence);
      assertThat(views.message(conversation, sequence)).isEqualTo(message);
      if (message != null) {
        assertThread(views, conversation, sequence);
        assertReactions(views, conversation, sequence);
      }
      if (message != null && message.root() == null) {
        main.add(message);
      }
    }
    assertPages(views, conversation, main);
  }

  /** Up to the sequences at which the answer changes, and beyond. */
  private void assertSent(ViewReader views, String conversation, String user) {
    long count = 0;
    for (EventEnvelope e : logs.get(conversation)) {
      if (e.event() instanceof MessageSent && e.by().equals(user)) {
        assertThat(views.sentBy(conversation, user, e.sequence() - 1)).isEqualTo(count);
        count++;
        assertThat(views.sentBy(conversation, user, e.sequence())).isEqualTo(count);
      }
    }
    assertThat(views.sentBy(conversation, user, Long.MAX_VALUE)).isEqualTo(count);
  }

  private void assertPages(ViewReader views, String conversation, List<MessageView> main) {
    List<MessageView> up = new ArrayList<>();
    for (List<MessageView> page = views.messagesAfter(conversation, -1, 7);
        !page.isEmpty();
        page = views.messagesAfter(conversation, up.get(up.size() - 1).sequence(), 7)) {
      up.addAll(page);
    }
    assertThat(up).as("main view of %s, upwards", conversation).isEqualTo(main);
    List<MessageView> down = new ArrayList<>();
    for (List<MessageView> page = views.messagesBefore(conversation, Long.MAX_VALUE, 7);
        !page.isEmpty();
        page = views.messagesBefore(conversation, down.get(down.size() - 1).sequence(), 7)) {
      down.addAll(page);
    }
    assertThat(down)
        .as("main view of %s, downwards", conversation)
        .isEqualTo(
            main.stream().sorted(Comparator.comparing(MessageView::sequence).reversed()).toList());
  }

  private void assertThread(ViewReader views, String conversation, long root) {
    List<MessageView> thread = new ArrayList<>();
    for (EventEnvelope e : logs.get(conversation)) {
      if (e.event() instanceof ReplySent reply && reply.root() == root) {
        thread.add(message(conversation, e.sequence()));
      }
    }
    assertThat(views.replies(conversation, root, -1, Integer.MAX_VALUE))
        .as("thread %s of %s", root, conversation)
        .isEqualTo(thread);
    if (thread.size() > 1) {
      assertThat(views.replies(conversation, root, thread.get(0).sequence(), 1))
          .isEqualTo(thread.subList(1, 2));
    }
  }

  /** Asks for all who ever reacted to the message, and for one who did not. */
  private void assertReactions(ViewReader views, String conversation, long message) {
    List<ReactionView> all = reactions(conversation, message);
    TreeSet<String> users = new TreeSet<>(List.of("nobody"));
    for (EventEnvelope e : logs.get(conversation)) {
      if (e.event() instanceof ReactionAdded r && r.message() == message) {
        users.add(e.by());
      }
    }
    assertThat(views.reactions(conversation, message)).containsExactlyInAnyOrderElementsOf(all);
    for (String user : users) {
      assertThat(views.reactionsOf(conversation, message, user))
          .containsExactlyInAnyOrderElementsOf(
              all.stream().filter(r -> r.user().equals(user)).map(ReactionView::emoji).toList());
    }
  }

  private boolean any(String conversation, Predicate<ConversationEvent> which) {
    return logs.get(conversation).stream().anyMatch(e -> which.test(e.event()));
  }

  private boolean isDeleted(String conversation, long message) {
    return any(conversation, e -> e instanceof MessageDeleted d && d.message() == message);
  }

  MessageView message(String conversation, long sequence) {
    List<EventEnvelope> log = logs.get(conversation);
    if (sequence < 0 || sequence >= log.size()) {
      return null;
    }
    EventEnvelope created = log.get((int) sequence);
    MessageContent content;
    long ordinal = 0;
    Long root = null;
    if (created.event() instanceof MessageSent sent) {
      content = sent.content();
      ordinal =
          log.stream().limit(sequence + 1).filter(e -> e.event() instanceof MessageSent).count();
    } else if (created.event() instanceof ReplySent reply) {
      content = reply.content();
      root = reply.root();
    } else {
      return null;
    }
    boolean deleted = isDeleted(conversation, sequence);
    String body = content.body();
    Instant editedAt = null;
    boolean pinned = false;
    int replies = 0;
    Instant lastReplyAt = null;
    for (EventEnvelope e : log) {
      if (e.event() instanceof MessageEdited edited && edited.message() == sequence) {
        body = edited.body();
        editedAt = e.at();
      } else if (e.event() instanceof MessagePinned p && p.message() == sequence) {
        pinned = true;
      } else if (e.event() instanceof MessageUnpinned p && p.message() == sequence) {
        pinned = false;
      } else if (e.event() instanceof ReplySent reply && reply.root() == sequence) {
        replies += isDeleted(conversation, e.sequence()) ? 0 : 1;
        lastReplyAt = e.at();
      }
    }
    if (replies == 0) {
      lastReplyAt = null;
    }
    return new MessageView(
        conversation,
        sequence,
        ordinal,
        root,
        created.by(),
        created.at(),
        deleted ? "" : body,
        content.clientMessageId(),
        deleted ? List.of() : content.mentions(),
        deleted ? List.of() : content.attachments(),
        replies,
        lastReplyAt,
        reactions(conversation, sequence).stream()
            .collect(toMap(ReactionView::emoji, r -> 1, Integer::sum)),
        editedAt,
        deleted,
        pinned && !deleted);
  }

  private List<ReactionView> reactions(String conversation, long message) {
    if (isDeleted(conversation, message)) {
      return List.of();
    }
    Map<List<String>, ReactionView> standing = new HashMap<>();
    for (EventEnvelope e : logs.get(conversation)) {
      if (e.event() instanceof ReactionAdded r && r.message() == message) {
        standing.put(List.of(r.emoji(), e.by()), new ReactionView(r.emoji(), e.by(), e.at()));
      } else if (e.event() instanceof ReactionRemoved r && r.message() == message) {
        standing.remove(List.of(r.emoji(), e.by()));
      }
    }
    return List.copyOf(standing.values());
  }

  private ConversationView conversation(String conversation) {
    List<EventEnvelope> log = logs.get(conversation);
    ConversationStarted started = (ConversationStarted) log.get(0).event();
    String title = started.title();
    EventEnvelope last = null;
    for (EventEnvelope e : log) {
      if (e.event() instanceof ConversationRenamed renamed) {
        title = renamed.title();
      } else if (e.event() instanceof MessageSent) {
        last = e;
      }
    }
    LastMessage lastMessage = null;
    if (last != null) {
      MessageView view = message(conversation, last.sequence());
      int[] first = view.body().codePoints().limit(200).toArray();
      lastMessage =
          new LastMessage(
              view.sequence(),
              view.by(),
              view.at(),
              new String(first, 0, first.length),
              view.deleted());
    }
    return new ConversationView(
        conversation,
        started.kind(),
        title,
        log.size() - 1,
        members(conversation).size(),
        log.stream().filter(e -> e.event() instanceof MessageSent).count(),
        lastMessage,
        log.get(0).at(),
        log.get(log.size() - 1).at());
  }

  private List<MemberView> members(String conversation) {
    TreeSet<String> users = new TreeSet<>();
    for (EventEnvelope e : logs.get(conversation)) {
      joining(e).forEach(m -> users.add(m.user()));
    }
    return users.stream()
        .map(user -> membership(user, conversation))
        .filter(m -> m != null)
        .map(m -> new MemberView(m.user(), m.role(), m.since()))
        .toList();
  }

  private static List<Member> joining(EventEnvelope e) {
    if (e.event() instanceof ConversationStarted started) {
      return started.members();
    }
    return e.event() instanceof MembersAdded added ? added.members() : List.of();
  }

  /** The event by which the user last joined; null where they are no member. */
  private EventEnvelope join(String conversation, String user) {
    EventEnvelope join = null;
    for (EventEnvelope e : logs.get(conversation)) {
      if (joining(e).stream().anyMatch(m -> m.user().equals(user))) {
        join = e;
      } else if (e.event() instanceof MemberRemoved removed && removed.member().equals(user)) {
        join = null;
      }
    }
    return join;
  }

  private MembershipView membership(String user, String conversation) {
    EventEnvelope join = join(conversation, user);
    if (join == null) {
      return null;
    }
    Role role = joining(join).stream().filter(m -> m.user().equals(user)).findFirst().get().role();
    for (EventEnvelope e : logs.get(conversation)) {
      if (e.sequence() > join.sequence()
          && e.event() instanceof MemberRoleChanged c
          && c.member().equals(user)) {
        role = c.role();
      }
    }
    ReadMarker joined = marker(conversation, user, join.sequence());
    return new MembershipView(user, conversation, role, join.at(), joined.ordinal(), joined.own());
  }

  /** What a marker of the user at that sequence must hold. */
  ReadMarker marker(String conversation, String user, long upTo) {
    List<EventEnvelope> sent =
        logs.get(conversation).stream()
            .filter(e -> e.sequence() <= upTo && e.event() instanceof MessageSent)
            .toList();
    return new ReadMarker(
        upTo, sent.size(), sent.stream().filter(e -> e.by().equals(user)).count());
  }

  private long unread(String conversation, String user, long upTo) {
    long joined = join(conversation, user).sequence();
    return logs.get(conversation).stream()
        .filter(e -> e.event() instanceof MessageSent && !e.by().equals(user))
        .filter(e -> e.sequence() > upTo && e.sequence() > joined)
        .count();
  }
}
