package io.confab.views;

/** How many messages a member has not read: a pure function of the log and the read marker. */
public final class Unread {
  private Unread() {}

  /**
   * The messages of the main view that others have sent, above the read marker and above the event
   * by which the user last joined. Replies, edits and reactions do not count; messages that were
   * deleted since do, so that the number never depends on who looks when. Nor does the user's own
   * sending move it.
   *
   * <p>Exact for the state that {@code conversation} was read in; one seek.
   *
   * @param views where all three were read
   * @param membership read after {@code conversation}; so is {@code marker}
   */
  public static long count(
      ViewReader views,
      ConversationView conversation,
      MembershipView membership,
      ReadMarker marker) {
    long own = views.sentBy(conversation.conversation(), membership.user(), conversation.head());
    // what others have sent only grows along the log, so the further point is the larger number
    long seen =
        Math.max(
            membership.joinedOrdinal() - membership.joinedOwn(), marker.ordinal() - marker.own());
    return Math.max(0, conversation.messageCount() - own - seen);
  }
}
