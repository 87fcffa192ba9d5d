package io.confab.query;

import io.confab.events.CommandRejected;
import io.confab.events.EventLog;
import io.confab.events.RejectionCode;
import io.confab.views.MembershipView;
import io.confab.views.ViewReader;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStoreException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memberships as of at least every event that was durable when they were asked for, with the bounds
 * of {@link InboxFreshness}. Blocks for as long as the view needs to get there. Safe for use by
 * many threads.
 *
 * <p>Both methods throw {@link CommandRejected} {@code unavailable} where the view does not get
 * there within 2 s.
 */
public final class CurrentMemberships {
  private static final Logger LOG = LoggerFactory.getLogger(CurrentMemberships.class);
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final EventLog log;
  private final ViewReader views;
  private final InboxFreshness freshness;

  CurrentMemberships(EventLog log, ViewReader views, InboxFreshness freshness) {
    this.log = log;
    this.views = views;
    this.freshness = freshness;
  }

  /** Whether {@code user} is a member; false too where there is no such conversation. */
  public boolean isMember(String conversation, String user) {
    long head = log.head(conversation);
    try {
      if (!views.awaitApplied(View.CONVERSATIONS, conversation, head, PATIENCE)) {
        throw behind();
      }
      return views.member(conversation, user) != null;
    } catch (InterruptedException e) {
      throw interrupted();
    } catch (ViewStoreException e) {
      throw unreadable(e);
    }
  }

  /** The ids of the conversations that {@code user} is a member of, in no order. */
  public List<String> conversationsOf(String user) {
    try {
      if (!freshness.awaitCurrent(PATIENCE)) {
        throw behind();
      }
      return views.memberships(user).stream().map(MembershipView::conversation).toList();
    } catch (InterruptedException e) {
      throw interrupted();
    } catch (ViewStoreException e) {
      throw unreadable(e);
    }
  }

  private static CommandRejected interrupted() {
    Thread.currentThread().interrupt();
    return behind();
  }

  /** An answer, not a fault: whoever asked can ask again. */
  static CommandRejected unreadable(ViewStoreException failure) {
    LOG.warn("The views cannot be read", failure);
    return new CommandRejected(
        RejectionCode.UNAVAILABLE, "The views cannot be read now; try again", null, null);
  }

  private static CommandRejected behind() {
    return new CommandRejected(
        RejectionCode.UNAVAILABLE,
        "The views of memberships are behind the log; try again",
        null,
        "within " + PATIENCE.toMillis() + " ms");
  }
}
