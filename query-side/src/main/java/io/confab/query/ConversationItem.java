package io.confab.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.confab.events.EventJson;
import io.confab.views.ConversationView;
import io.confab.views.MembershipView;
import io.confab.views.ReadMarker;
import org.jspecify.annotations.Nullable;

/**
 * A conversation as one user sees it, in an inbox and by itself. Title and last message are null
 * where there is none, role, unread and read marker where the user is not a member.
 *
 * @param with the other user of a direct conversation; left out in any other
 * @param head the conversation's last sequence
 * @param messageCount of the main view, deleted ones included
 * @param unread messages of the main view that others have sent since the user joined, and that the
 *     user has not read
 * @param readUpTo the last sequence read; -1 where none
 */
record ConversationItem(
    String conversation,
    String kind,
    @Nullable String title,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String with,
    long head,
    int memberCount,
    long messageCount,
    @Nullable LastMessage lastMessage,
    @Nullable String myRole,
    @Nullable Long unread,
    @Nullable Long readUpTo) {

  /**
   * The last message of the main view.
   *
   * @param body the first 200 characters; empty where deleted
   */
  record LastMessage(long sequence, String by, String at, String body, boolean deleted) {
    static @Nullable LastMessage of(ConversationView.@Nullable LastMessage last) {
      return last == null
          ? null
          : new LastMessage(
              last.sequence(), last.by(), EventJson.format(last.at()), last.body(), last.deleted());
    }
  }

  /** As somebody sees it who is not in it. */
  static ConversationItem from(ConversationView summary, long head, @Nullable String with) {
    return new ConversationItem(
        summary.conversation(),
        summary.kind().wireName(),
        summary.title(),
        with,
        Math.max(head, summary.head()),
        summary.memberCount(),
        summary.messageCount(),
        LastMessage.of(summary.lastMessage()),
        null,
        null,
        null);
  }

  /** As a member sees it. */
  ConversationItem to(MembershipView membership, ReadMarker marker, long unread) {
    return new ConversationItem(
        conversation,
        kind,
        title,
        with,
        head,
        memberCount,
        messageCount,
        lastMessage,
        membership.role().wireName(),
        unread,
        marker.upTo());
  }
}
