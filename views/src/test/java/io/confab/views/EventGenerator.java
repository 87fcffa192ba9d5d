package io.confab.views;

import io.confab.events.Attachment;
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
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Makes a log that the command side could have written: several conversations, interleaved, every
 * event valid where it stands. The same seed gives the same log.
 */
public final class EventGenerator {
  private static final List<String> EMOJI = List.of("👍", "❤️", "🎉", "🇨🇭", "a");
  private static final Instant START = Instant.parse("2026-11-24T09:00:00Z");

  private final Random random;
  private final int users;
  private final List<Conversation> conversations = new ArrayList<>();

  public EventGenerator(long seed, int conversations, int users) {
    this.random = new Random(seed);
    this.users = users;
    for (int i = 0; i < conversations; i++) {
      this.conversations.add(new Conversation("c-" + i));
    }
  }

  /** The next {@code count} events of the log. */
  public List<EventEnvelope> next(int count) {
    List<EventEnvelope> events = new ArrayList<>();
    while (events.size() < count) {
      events.add(conversations.get(random.nextInt(conversations.size())).next());
    }
    return events;
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private final class Conversation {
    private final String id;
    private final Map<String, Role> members = new LinkedHashMap<>();
    private final List<Message> messages = new ArrayList<>();
    private long sequence;
    private long ordinal;

    Conversation(String id) {
      this.id = id;
    }

    EventEnvelope next() {
      if (sequence == 0) {
        String owner = user();
        return by(owner, started(owner));
      }
      String by = any(List.copyOf(members.keySet()));
      while (true) {
        ConversationEvent event = attempt(by);
        if (event != null) {
          return by(by, event);
        }
      }
    }

    private ConversationEvent started(String owner) {
      List<Member> first = new ArrayList<>(List.of(new Member(owner, Role.OWNER)));
      members.put(owner, Role.OWNER);
      for (int n = random.nextInt(4); n > 0; n--) {
        String user = user();
        if (members.putIfAbsent(user, Role.MEMBER) == null) {
          first.add(new Member(user, Role.MEMBER));
        }
      }
      Kind kind = random.nextBoolean() ? Kind.GROUP : Kind.CHANNEL;
      return new ConversationStarted(kind, random.nextBoolean() ? "title" : null, first);
    }

    /** Null where what was drawn is not possible now. */
    private ConversationEvent attempt(String by) {
      int draw = random.nextInt(100);
      if (draw < 30) {
        messages.add(new Message(sequence, null));
        return new MessageSent(++ordinal, content());
      }
      if (draw < 50) {
        return reply();
      }
      if (draw < 90) {
        return messages.isEmpty() ? null : onMessage(by, draw, any(messages));
      }
      return onMembers(draw);
    }

    private ConversationEvent reply() {
      List<Message> roots = messages.stream().filter(m -> m.root == null && !m.deleted).toList();
      if (roots.isEmpty()) {
        return null;
      }
      long root = any(roots).sequence;
      messages.add(new Message(sequence, root));
      return new ReplySent(root, content());
    }

    private ConversationEvent onMessage(String by, int draw, Message message) {
      if (message.deleted) {
        return null;
      }
      if (draw < 58) {
        return new MessageEdited(message.sequence, text());
      }
      if (draw < 63) {
        message.deleted = true;
        return new MessageDeleted(message.sequence);
      }
      if (draw < 84) {
        String emoji = any(EMOJI);
        if (message.reactions.add(emoji + by)) {
          return new ReactionAdded(message.sequence, emoji);
        }
        message.reactions.remove(emoji + by);
        return new ReactionRemoved(message.sequence, emoji);
      }
      message.pinned = !message.pinned;
      return message.pinned
          ? new MessagePinned(message.sequence)
          : new MessageUnpinned(message.sequence);
    }

    private ConversationEvent onMembers(int draw) {
      String user = user();
      if (draw < 92) {
        return new ConversationRenamed(text());
      }
      if (draw < 96) {
        return members.putIfAbsent(user, Role.MEMBER) == null
            ? new MembersAdded(List.of(new Member(user, Role.MEMBER)))
            : null;
      }
      if (members.get(user) != Role.MEMBER) {
        return null;
      }
      if (draw < 99) {
        members.remove(user);
        return new MemberRemoved(user);
      }
      members.put(user, Role.OWNER);
      return new MemberRoleChanged(user, Role.OWNER);
    }

    private EventEnvelope by(String by, ConversationEvent event) {
      // clocks differ: the time of a later event may be the earlier one
      Instant at = START.plusMillis(sequence * 1000 + random.nextInt(5000));
      return new EventEnvelope(id, sequence++, at, by, event);
    }
  }

  private static final class Message {
    private final long sequence;
    private final Long root;
    private final Set<String> reactions = new HashSet<>();
    private boolean deleted;
    private boolean pinned;

    Message(long sequence, Long root) {
      this.sequence = sequence;
      this.root = root;
    }
  }

  private String user() {
    return "u" + random.nextInt(users);
  }

  private String text() {
    return "täxt 😀 ".repeat(random.nextInt(50)) + random.nextInt();
  }

  private MessageContent content() {
    return new MessageContent(
        text(),
        random.nextBoolean() ? "id-" + random.nextInt() : null,
        random.nextInt(5) == 0 ? List.of(user()) : List.of(),
        random.nextInt(5) == 0
            ? List.of(new Attachment("a.png", "image/png", 5L << 32, "https://example.org/a"))
            : List.of());
  }
}
