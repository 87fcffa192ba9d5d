package io.confab.edge;

import io.confab.edge.presence.Presence;
import io.confab.edge.presence.Typing;
import io.confab.edge.presence.TypingSettings;
import io.confab.events.CommandRejected;
import io.confab.events.EventLog;
import io.confab.events.RejectionCode;
import io.confab.web.Authenticator;
import java.time.Clock;

/** What a session needs from the rest of Confab. */
record EdgePorts(
    Authenticator authenticator,
    CommandClient commands,
    ReadMarkers readMarkers,
    Memberships memberships,
    EventLog log,
    Presence presence,
    Typing typing,
    TypingSettings typingSettings,
    Attendance attendance,
    Clock clock) {

  /**
   * The conversation's head, as of which {@code user} was a member, or later.
   *
   * @throws CommandRejected {@code unknown-conversation}, {@code not-a-member} or {@code
   *     unavailable}
   */
  long headForMember(String conversation, String user) {
    long head = log.head(conversation);
    if (head < 0) {
      throw new CommandRejected(
          RejectionCode.UNKNOWN_CONVERSATION, "There is no such conversation", conversation, null);
    }
    if (!memberships.isMember(conversation, user)) {
      throw new CommandRejected(
          RejectionCode.NOT_A_MEMBER,
          user + " is not a member of the conversation",
          conversation,
          null);
    }
    return head;
  }
}
