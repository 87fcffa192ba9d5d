package io.confab.edge.route;

import io.confab.events.EncodedEvent;
import io.confab.events.EventLog;
import io.confab.events.EventType;
import io.confab.events.MalformedEventException;
import io.confab.events.MemberChanges;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who is to be given an event of a chat: its members as of that event, folded from the chat's own
 * events over what {@link ChatMembers} knows, and whom the event removes. Remembers the chats that
 * were asked for last, as many as have {@value #REMEMBERED} members together. For one thread.
 */
final class Recipients {
  private static final int REMEMBERED = 500_000;
  private static final int PAGE = 500;

  /** Behind by more, the members are asked for anew rather than folded. */
  private static final long FOLDED = 1_000;

  private final EventLog log;
  private final ChatMembers members;
  private final Map<String, Chat> known = new LinkedHashMap<>();
  private int remembered;

  private static final class Chat {
    final Set<String> users;
    long asOf;

    Chat(Set<String> users, long asOf) {
      this.users = users;
      this.asOf = asOf;
    }
  }

  Recipients(EventLog log, ChatMembers members) {
    this.log = log;
    this.members = members;
  }

  /**
   * Whom the event concerns.
   *
   * @throws MalformedEventException where a stored event is damaged
   * @throws RuntimeException where log or members cannot be read
   */
  Set<String> of(EncodedEvent event) {
    Chat chat = known.remove(event.conversation());
    remembered -= chat == null ? 0 : chat.users.size();
    if (chat == null || event.sequence() - chat.asOf > FOLDED) {
      chat = event.sequence() == 0 ? new Chat(new HashSet<>(), -1) : ask(event.conversation());
    }
    while (chat.asOf < event.sequence() - 1) {
      long missing = event.sequence() - 1 - chat.asOf;
      List<EncodedEvent> page =
          log.read(event.conversation(), chat.asOf + 1, (int) Math.min(PAGE, missing));
      if (page.isEmpty()) {
        throw new IllegalStateException(
            "the log lacks %s@%d, which precedes @%d"
                .formatted(event.conversation(), chat.asOf + 1, event.sequence()));
      }
      for (EncodedEvent before : page) {
        fold(before, chat);
      }
    }
    fold(event, chat);
    remember(event.conversation(), chat);
    Set<String> recipients = new HashSet<>(chat.users);
    recipients.addAll(MemberChanges.users(event));
    return recipients;
  }

  private void remember(String conversation, Chat chat) {
    known.put(conversation, chat);
    remembered += chat.users.size();
    Iterator<Chat> eldest = known.values().iterator();
    while (remembered > REMEMBERED && eldest.hasNext()) {
      remembered -= eldest.next().users.size();
      eldest.remove();
    }
  }

  private Chat ask(String conversation) {
    ChatMembers.AsOf answer = members.of(conversation);
    return new Chat(new HashSet<>(answer.users()), answer.sequence());
  }

  private static void fold(EncodedEvent event, Chat chat) {
    if (event.sequence() <= chat.asOf) {
      return;
    }
    if (MemberChanges.adds(event.type())) {
      chat.users.addAll(MemberChanges.users(event));
    } else if (event.type() == EventType.MEMBER_REMOVED) {
      chat.users.removeAll(MemberChanges.users(event));
    }
    chat.asOf = event.sequence();
  }
}
