package io.confab.edge;

import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.AddReaction;
import io.confab.events.ConversationCommand.DeleteMessage;
import io.confab.events.ConversationCommand.EditMessage;
import io.confab.events.ConversationCommand.RemoveReaction;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationCommand.SendReply;
import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.ConversationEvent.MembersAdded;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessageEdited;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.ConversationEvent.ReactionRemoved;
import io.confab.events.ConversationEvent.ReplySent;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.EventLog;
import io.confab.events.EventType;
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import io.confab.events.Role;
import io.confab.web.Authenticator;
import io.confab.web.Caller;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * All ports of the edge over one log in memory. What is appended is at once durable and in the
 * membership view; how it reaches the feed is the test's to say.
 */
final class FakeConfab
    implements EventLog, CommandClient, ConversationFeed, Memberships, ReadMarkers, Authenticator {
  static final Instant AT = Instant.parse("2026-11-24T09:30:00Z");
  static final Instant FAR = Instant.parse("2999-01-01T00:00:00Z");

  private final Map<String, List<EncodedEvent>> log = new HashMap<>();
  private final Map<String, Set<String>> members = new HashMap<>();
  private final Map<String, Long> markers = new HashMap<>();
  private final List<Runnable> held = new ArrayList<>();

  /** How often the log was read. */
  final AtomicInteger reads = new AtomicInteger();

  volatile ConversationFeed.Listener listener = events -> {};

  /** What the feed was ever asked for. */
  final Set<String> wanted = ConcurrentHashMap.newKeySet();

  /** What happens to an appended event on its way to the edge. */
  volatile Consumer<EncodedEvent> onAppend = this::feed;

  /** Whether answers to commands wait for {@link #release}. */
  volatile boolean hold;

  /** Run before the membership view answers. */
  volatile Runnable beforeMembership = () -> {};

  /** Run when the membership view has its answer, before it gives it. */
  volatile Runnable afterMembership = () -> {};

  /** The same where it is asked for one member. */
  volatile Runnable afterMember = () -> {};

  String start(String conversation, String... users) {
    return start(Kind.CHANNEL, conversation, users);
  }

  String startChat(String conversation, String... users) {
    return start(Kind.GROUP, conversation, users);
  }

  private String start(Kind kind, String conversation, String... users) {
    List<Member> all = new ArrayList<>();
    for (String user : users) {
      all.add(new Member(user, Role.OWNER));
    }
    append(conversation, users[0], new ConversationStarted(kind, "title", all));
    return conversation;
  }

  EncodedEvent say(String conversation, String by, String body) {
    return append(conversation, by, new MessageSent(1, MessageContent.of(body)));
  }

  EncodedEvent add(String conversation, String user) {
    return append(conversation, "owner", new MembersAdded(List.of(new Member(user, Role.MEMBER))));
  }

  EncodedEvent remove(String conversation, String user) {
    return append(conversation, "owner", new MemberRemoved(user));
  }

  synchronized EncodedEvent append(String conversation, String by, ConversationEvent event) {
    List<EncodedEvent> events = log.computeIfAbsent(conversation, key -> new ArrayList<>());
    EventEnvelope envelope = new EventEnvelope(conversation, events.size(), AT, by, event);
    EncodedEvent encoded =
        new EncodedEvent(
            conversation, envelope.sequence(), envelope.type(), EventJson.write(envelope));
    events.add(encoded);
    Set<String> present = members.computeIfAbsent(conversation, key -> new LinkedHashSet<>());
    if (event instanceof ConversationStarted started) {
      started.members().forEach(member -> present.add(member.user()));
    } else if (event instanceof MembersAdded added) {
      added.members().forEach(member -> present.add(member.user()));
    } else if (event instanceof MemberRemoved removed) {
      present.remove(removed.member());
    }
    onAppend.accept(encoded);
    return encoded;
  }

  /** An event of that type whose bytes are none. */
  synchronized EncodedEvent appendDamaged(String conversation, EventType type) {
    List<EncodedEvent> events = log.get(conversation);
    EncodedEvent damaged = new EncodedEvent(conversation, events.size(), type, new byte[] {'x'});
    events.add(damaged);
    onAppend.accept(damaged);
    return damaged;
  }

  synchronized Set<String> members(String conversation) {
    return Set.copyOf(members.getOrDefault(conversation, Set.of()));
  }

  void feed(EncodedEvent event) {
    listener.onEvents(List.of(event));
  }

  void feed(List<EncodedEvent> events) {
    listener.onEvents(List.copyOf(events));
  }

  @Override
  public synchronized long head(String conversation) {
    return log.getOrDefault(conversation, List.of()).size() - 1;
  }

  @Override
  public synchronized List<EncodedEvent> read(String conversation, long from, int limit) {
    reads.incrementAndGet();
    List<EncodedEvent> events = log.getOrDefault(conversation, List.of());
    int start = (int) Math.min(from, events.size());
    return List.copyOf(events.subList(start, Math.min(start + limit, events.size())));
  }

  @Override
  public void interest(String conversation, boolean wanted) {
    this.wanted.add(conversation);
  }

  @Override
  public ConversationFeed.Subscription subscribe(ConversationFeed.Listener listener) {
    this.listener = listener;
    return () -> this.listener = events -> {};
  }

  @Override
  public boolean isMember(String conversation, String user) {
    beforeMembership.run();
    boolean answer;
    synchronized (this) {
      answer = members.getOrDefault(conversation, Set.of()).contains(user);
    }
    afterMember.run();
    return answer;
  }

  @Override
  public List<String> conversationsOf(String user) {
    beforeMembership.run();
    List<String> answer;
    synchronized (this) {
      answer =
          members.entrySet().stream()
              .filter(entry -> entry.getValue().contains(user))
              .map(Map.Entry::getKey)
              .toList();
    }
    afterMembership.run();
    return answer;
  }

  @Override
  public synchronized long advance(String conversation, String user, long upTo) {
    requireMember(conversation, user);
    if (upTo > head(conversation)) {
      throw new CommandRejected(
          RejectionCode.INVALID_VALUE, "upTo is beyond the head", upTo, head(conversation));
    }
    return markers.merge(conversation + "/" + user, upTo, Math::max);
  }

  @Override
  public synchronized CompletableFuture<CommandResult> send(ConversationCommand command) {
    CompletableFuture<CommandResult> answer = new CompletableFuture<>();
    try {
      requireMember(command.conversation(), command.by());
      EncodedEvent event = append(command.conversation(), command.by(), event(command));
      CommandResult result =
          new CommandResult(command.conversation(), event.sequence(), command.at(), true);
      if (hold) {
        held.add(() -> answer.complete(result));
      } else {
        answer.complete(result);
      }
    } catch (CommandRejected e) {
      answer.completeExceptionally(e);
    }
    return answer;
  }

  /** Answers what was held, in order. */
  void release() {
    List<Runnable> answers;
    synchronized (this) {
      answers = List.copyOf(held);
      held.clear();
    }
    answers.forEach(Runnable::run);
  }

  synchronized int held() {
    return held.size();
  }

  private void requireMember(String conversation, String user) {
    if (!log.containsKey(conversation)) {
      throw new CommandRejected(
          RejectionCode.UNKNOWN_CONVERSATION, "no such conversation", conversation, null);
    }
    if (!members.get(conversation).contains(user)) {
      throw new CommandRejected(RejectionCode.NOT_A_MEMBER, "not a member", user, null);
    }
  }

  private static ConversationEvent event(ConversationCommand command) {
    if (command instanceof SendMessage send) {
      return new MessageSent(1, send.content());
    } else if (command instanceof SendReply reply) {
      return new ReplySent(reply.message(), reply.content());
    } else if (command instanceof EditMessage edit) {
      return new MessageEdited(edit.message(), edit.body());
    } else if (command instanceof DeleteMessage delete) {
      return new MessageDeleted(delete.message());
    } else if (command instanceof AddReaction add) {
      return new ReactionAdded(add.message(), add.emoji());
    } else if (command instanceof RemoveReaction remove) {
      return new ReactionRemoved(remove.message(), remove.emoji());
    }
    throw new IllegalStateException("fault");
  }

  /** {@code Bearer <user>[;role][@expiry]}. */
  @Override
  public Session authenticate(String authorization) {
    if (authorization == null || !authorization.startsWith("Bearer ")) {
      throw new CommandRejected(RejectionCode.UNAUTHENTICATED, "no token", null, "Bearer <JWT>");
    }
    String[] parts = authorization.substring("Bearer ".length()).split("@");
    Instant expiry = parts.length > 1 ? Instant.parse(parts[1]) : FAR;
    if (!expiry.isAfter(AT)) {
      throw new CommandRejected(RejectionCode.UNAUTHENTICATED, "expired", expiry, null);
    }
    String[] user = parts[0].split(";");
    Caller.Role role = user.length > 1 ? Caller.Role.valueOf(user[1]) : Caller.Role.USER;
    return new Session(new Caller(user[0], Set.of(role)), expiry);
  }
}
