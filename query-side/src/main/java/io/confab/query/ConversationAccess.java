package io.confab.query;

import io.confab.events.CommandRejected;
import io.confab.events.EventLog;
import io.confab.events.Ids;
import io.confab.events.RejectionCode;
import io.confab.views.ConversationView;
import io.confab.views.MembershipView;
import io.confab.views.ViewReader;
import io.confab.views.ViewReader.View;
import io.confab.web.Caller;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletRequest;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * The one door to a conversation: who may read it, and how new what they read must be.
 *
 * <p>Membership is judged on a view that has applied all that was durable when the request came in,
 * so from the moment a removal is acknowledged the removed member is refused. Metric: counter
 * {@code confab.query.refused}, tag {@code code}.
 */
final class ConversationAccess {
  private final EventLog log;
  private final ViewReader views;
  private final Freshness freshness;
  private final ReadAudit audit;
  private final MeterRegistry meters;

  ConversationAccess(
      EventLog log, ViewReader views, Freshness freshness, ReadAudit audit, MeterRegistry meters) {
    this.log = log;
    this.views = views;
    this.freshness = freshness;
    this.audit = audit;
    this.meters = meters;
  }

  /**
   * What a request has been let in to.
   *
   * @param head a sequence that is durable and that every needed view has applied; not below the
   *     head at the time of the request, nor below {@code atLeast}
   * @param member whether the caller is one; else the right is the role's, and the read is audited
   */
  record Admission(String conversation, long head, boolean member) {}

  /**
   * Lets a query in; obeys its parameter {@code atLeast}.
   *
   * @param history whether messages will be read, besides summaries and members
   * @throws CommandRejected {@code unknown-conversation}, {@code not-a-member}; {@code unavailable}
   *     where the views do not catch up, or the read cannot be audited
   */
  Admission enter(Caller caller, HttpServletRequest request, String conversation, boolean history) {
    return counted(
        () -> {
          Ids.require("conversation", conversation);
          Long atLeast = new Parameters(request).sequence("atLeast");
          Admission admission =
              admit(
                  conversation,
                  caller.user(),
                  caller.is(Caller.Role.SUPPORT),
                  atLeast == null ? -1 : atLeast,
                  history);
          if (!admission.member()) {
            audit.record(caller, request, conversation);
          }
          return admission;
        });
  }

  /**
   * Lets a member in to messages, summaries and members.
   *
   * @throws CommandRejected as {@link #enter}
   */
  Admission enterAsMember(String user, String conversation) {
    return counted(
        () -> {
          Ids.require("conversation", conversation);
          return admit(conversation, user, false, -1, true);
        });
  }

  /** The summary of a conversation to which somebody has been let in. */
  ConversationView summary(String conversation) {
    return Objects.requireNonNull(
        views.conversation(conversation), "the view has applied the conversation's events");
  }

  /**
   * The membership as it is now.
   *
   * @throws CommandRejected {@code not-a-member} where it has ended
   */
  MembershipView membership(String user, String conversation) {
    MembershipView membership = views.membership(user, conversation);
    if (membership == null) {
      throw notAMember(user, conversation);
    }
    return membership;
  }

  private Admission admit(
      String conversation, String user, boolean support, long atLeast, boolean history) {
    long head = log.head(conversation);
    if (head < 0) {
      throw new CommandRejected(
          RejectionCode.UNKNOWN_CONVERSATION, "There is no such conversation", conversation, null);
    }
    long deadline = freshness.deadline();
    Set<View> needed = history ? EnumSet.allOf(View.class) : EnumSet.of(View.CONVERSATIONS);
    freshness.await(conversation, head, EnumSet.of(View.CONVERSATIONS), deadline);
    boolean member = isMember(user, conversation, support);
    long target = Math.max(head, atLeast);
    freshness.await(conversation, target, needed, deadline);
    if (target > head) { // and may have been removed on the way there
      member = isMember(user, conversation, support);
    }
    return new Admission(conversation, target, member);
  }

  private boolean isMember(String user, String conversation, boolean support) {
    boolean member = views.membership(user, conversation) != null;
    if (!member && !support) {
      throw notAMember(user, conversation);
    }
    return member;
  }

  private static CommandRejected notAMember(String user, String conversation) {
    return new CommandRejected(
        RejectionCode.NOT_A_MEMBER,
        user + " is not a member of this conversation",
        conversation,
        "members of the conversation");
  }

  private Admission counted(Entry entry) {
    try {
      return entry.enter();
    } catch (CommandRejected refusal) {
      meters.counter("confab.query.refused", "code", refusal.code().code()).increment();
      throw refusal;
    }
  }

  private interface Entry {
    Admission enter();
  }
}
