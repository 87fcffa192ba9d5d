package io.confab.query;

import io.confab.events.Kind;
import io.confab.views.ConversationView;
import io.confab.views.MemberView;
import io.confab.views.MembershipView;
import io.confab.views.ReadMarker;
import io.confab.views.Unread;
import io.confab.views.ViewReader;
import org.jspecify.annotations.Nullable;

/** Joins a conversation's summary with one user's membership and read marker. */
final class ConversationItems {
  private final ViewReader views;

  ConversationItems(ViewReader views) {
    this.views = views;
  }

  /**
   * The conversation as {@code user} sees it, member or not.
   *
   * @param summary read before this, and so before membership and marker, as {@link Unread} needs
   * @param head a durable sequence of it
   */
  ConversationItem of(ConversationView summary, long head, String user) {
    ConversationItem item = ConversationItem.from(summary, head, with(summary, user));
    MembershipView membership = views.membership(user, summary.conversation());
    if (membership == null) {
      return item;
    }
    ReadMarker marker = views.readMarker(summary.conversation(), user);
    return item.to(membership, marker, Unread.count(views, summary, membership, marker));
  }

  private @Nullable String with(ConversationView summary, String user) {
    if (summary.kind() != Kind.DIRECT) {
      return null;
    }
    for (MemberView member : views.members(summary.conversation(), null, 2)) {
      if (!member.user().equals(user)) {
        return member.user();
      }
    }
    return null;
  }
}
