package io.confab.views;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads the views as they are now. Each answer is consistent in itself; two answers may lie on
 * either side of a batch of events. Safe for use by many threads.
 */
public interface ViewReader {

  /** The last sequence of that conversation that {@code view} has applied; -1 where none. */
  long applied(View view, String conversation);

  /**
   * Waits until {@code view} has applied {@code sequence} of the conversation.
   *
   * @return whether it has; false when {@code timeout} is over
   */
  boolean awaitApplied(View view, String conversation, long sequence, Duration timeout)
      throws InterruptedException;

  /** The summary, or null where there is no such conversation. */
  @Nullable ConversationView conversation(String conversation);

  /** That member, or null where the user is not in the conversation. */
  @Nullable MemberView member(String conversation, String user);

  /**
   * Members by user id, those behind {@code after} (null: from the first), at most {@code limit}.
   */
  List<MemberView> members(String conversation, @Nullable String after, int limit);

  /** All conversations of the user, in the order of their ids. */
  List<MembershipView> memberships(String user);

  /** That membership, or null where the user is not in the conversation. */
  @Nullable MembershipView membership(String user, String conversation);

  /** A message or a reply, or null where that sequence created neither. */
  @Nullable MessageView message(String conversation, long sequence);

  /**
   * The main view below {@code before}, newest first, at most {@code limit}. One seek, whatever the
   * depth.
   */
  List<MessageView> messagesBefore(String conversation, long before, int limit);

  /** The main view above {@code after}, oldest first, at most {@code limit}. */
  List<MessageView> messagesAfter(String conversation, long after, int limit);

  /** A thread's replies above {@code after}, oldest first, at most {@code limit}. */
  List<MessageView> replies(String conversation, long root, long after, int limit);

  /** Who reacted to the message, in the order of emoji and user. */
  List<ReactionView> reactions(String conversation, long message);

  /** With which emoji {@code user} reacted to the message. */
  List<String> reactionsOf(String conversation, long message, String user);

  /**
   * How many messages of the main view, deleted ones included, the user has sent with a sequence of
   * at most {@code upTo}. One seek. Does not change once {@link View#CONVERSATIONS} has applied
   * {@code upTo}.
   */
  long sentBy(String conversation, String user, long upTo);

  /** The user's marker, {@link ReadMarker#NONE} where there is none. */
  ReadMarker readMarker(String conversation, String user);

  /** What can be rebuilt by itself; the wire name is the lower-case name. */
  enum View {
    /** Messages, threads, reactions. */
    HISTORY,
    /** Summaries, members, memberships, and who has sent how much. */
    CONVERSATIONS;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    public String wireName() {
      return wireName;
    }
  }
}
