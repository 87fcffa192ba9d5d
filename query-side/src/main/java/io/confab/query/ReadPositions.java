package io.confab.query;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import io.confab.query.ConversationAccess.Admission;
import io.confab.views.ConversationView;
import io.confab.views.MembershipView;
import io.confab.views.MessageView;
import io.confab.views.ReadMarker;
import io.confab.views.Unread;
import io.confab.views.ViewStore;
import io.confab.views.ViewStoreException;
import java.util.List;

/**
 * Moves users' read markers, for HTTP and for the edge alike. Blocks its thread for as long as a
 * query may wait. Safe for use by many threads.
 */
public final class ReadPositions {
  private final ConversationAccess access;
  private final ViewStore views;

  ReadPositions(ConversationAccess access, ViewStore views) {
    this.access = access;
    this.views = views;
  }

  /**
   * @param upTo the last sequence read
   * @param unread see {@link Unread}
   */
  public record ReadPosition(String conversation, long upTo, long unread) {
    /** Where the marker stands, under the name that every command's answer has. */
    @JsonProperty
    public long sequence() {
      return upTo;
    }
  }

  /**
   * Moves the user's marker to {@code upTo}; one that is there already or further stays. The marker
   * is durable when this returns.
   *
   * @return where the marker is now
   * @throws CommandRejected {@code unknown-conversation}; {@code not-a-member}; {@code
   *     invalid-value} where {@code upTo} is below 0 or beyond the conversation's head; {@code
   *     unavailable} where the views do not catch up with the log in time, or cannot be written
   */
  public ReadPosition advance(String conversation, String user, long upTo) {
    Admission admission = access.enterAsMember(user, conversation);
    if (upTo < 0 || upTo > admission.head()) {
      throw new CommandRejected(
          RejectionCode.INVALID_VALUE,
          "upTo is not a sequence of this conversation",
          upTo,
          "0 to head " + admission.head());
    }
    try {
      return moved(conversation, user, upTo);
    } catch (ViewStoreException e) {
      throw CurrentMemberships.unreadable(e);
    }
  }

  /** Both views have applied {@code upTo}, so neither number in the marker changes any more. */
  private ReadPosition moved(String conversation, String user, long upTo) {
    List<MessageView> last = views.messagesBefore(conversation, upTo + 1, 1);
    long ordinal = last.isEmpty() ? 0 : last.get(0).ordinal();
    long own = views.sentBy(conversation, user, upTo);
    ReadMarker marker = views.advance(conversation, user, new ReadMarker(upTo, ordinal, own));
    ConversationView summary = access.summary(conversation);
    MembershipView membership = access.membership(user, conversation);
    return new ReadPosition(
        conversation, marker.upTo(), Unread.count(views, summary, membership, marker));
  }
}
