package io.confab.query;

import io.confab.events.Kind;
import io.confab.views.ConversationView;
import io.confab.views.MemberView;
import io.confab.views.MembershipView;
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
   * @param summary read before
   * @param head a durable sequence of it
   */
  ConversationItem of(ConversationView summary, long head, String user) {
    ConversationItem item = ConversationItem.from(summary, head, with(summary, user));
    MembershipView membership = views.membership(user, summary.conversation());
    return membership == null
        ? item
        : item.to(membership, views.readMarker(summary.conversation(), user));
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
