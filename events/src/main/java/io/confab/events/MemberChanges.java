package io.confab.events;

import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.ConversationEvent.MembersAdded;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Whom an event adds to its conversation, or removes from it. */
public final class MemberChanges {
  private MemberChanges() {}

  /** Whether such an event adds members. */
  public static boolean adds(EventType type) {
    return type == EventType.CONVERSATION_STARTED || type == EventType.MEMBERS_ADDED;
  }

  /** Whether such an event adds members or removes one. */
  public static boolean any(EventType type) {
    return adds(type) || type == EventType.MEMBER_REMOVED;
  }

  /**
   * The users whom the event adds or removes, in its order; none where it does neither.
   *
   * @throws MalformedEventException where it is damaged
   */
  public static Set<String> users(EncodedEvent encoded) {
    if (!any(encoded.type())) {
      return Set.of();
    }
    ConversationEvent event = EventJson.read(encoded.envelope()).event();
    if (event instanceof MemberRemoved removed) {
      return Set.of(removed.member());
    }
    List<Member> added =
        event instanceof ConversationStarted started
            ? started.members()
            : ((MembersAdded) event).members();
    Set<String> users = new LinkedHashSet<>();
    added.forEach(member -> users.add(member.user()));
    return users;
  }
}
