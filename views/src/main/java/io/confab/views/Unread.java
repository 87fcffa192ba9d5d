package io.confab.views;

/** How many messages a member has not read: a pure function of the log and the read marker. */
public final class Unread {
  private Unread() {}

  /**
   * The messages of the main view behind the furthest of three points: the marker, the moment the
   * user joined, and the user's own last message. Replies, edits and reactions do not count;
   * messages that were deleted since do, so that the number never depends on who looks when.
   */
  public static long count(
      ConversationView conversation, MembershipView membership, ReadMarker marker) {
    long seen =
        Math.max(marker.ordinal(), Math.max(membership.joinedOrdinal(), membership.ownOrdinal()));
    return Math.max(0, conversation.messageCount() - seen);
  }
}
