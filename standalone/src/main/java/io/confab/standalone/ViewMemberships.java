package io.confab.standalone;

import io.confab.edge.Memberships;
import io.confab.events.CommandRejected;
import io.confab.events.EventLog;
import io.confab.events.RejectionCode;
import io.confab.query.InboxFreshness;
import io.confab.views.MembershipView;
import io.confab.views.ViewReader;
import io.confab.views.ViewReader.View;
import java.time.Duration;
import java.util.List;

/** The edge's memberships, read from the views once they are as new as the log. */
final class ViewMemberships implements Memberships {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final EventLog log;
  private final ViewReader views;
  private final InboxFreshness freshness;

  ViewMemberships(EventLog log, ViewReader views, InboxFreshness freshness) {
    this.log = log;
    this.views = views;
    this.freshness = freshness;
  }

  @Override
  public boolean isMember(String conversation, String user) {
    long head = log.head(conversation);
    try {
      if (!views.awaitApplied(View.CONVERSATIONS, conversation, head, PATIENCE)) {
        throw behind();
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
    return views.member(conversation, user) != null;
  }

  @Override
  public List<String> conversationsOf(String user) {
    try {
      if (!freshness.awaitCurrent(PATIENCE)) {
        throw behind();
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
    return views.memberships(user).stream().map(MembershipView::conversation).toList();
  }

  private static CommandRejected interrupted() {
    Thread.currentThread().interrupt();
    return behind();
  }

  private static CommandRejected behind() {
    return new CommandRejected(
        RejectionCode.UNAVAILABLE,
        "The views of memberships are behind the log; try again",
        null,
        "within " + PATIENCE.toMillis() + " ms");
  }
}
