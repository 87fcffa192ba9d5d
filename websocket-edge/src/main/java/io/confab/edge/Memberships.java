package io.confab.edge;

import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Function;

/**
 * Who is in which conversation. May block for as long as the view needs to get there. Safe for use
 * by many threads.
 *
 * <p>Both methods throw {@link io.confab.events.CommandRejected} with {@code unavailable} where the
 * view does not get there in time.
 */
public interface Memberships {

  /**
   * Whether {@code user} is a member, as of at least every event of that conversation that was
   * durable when this was called; false too where there is no such conversation.
   */
  boolean isMember(String conversation, String user);

  /**
   * The ids of the conversations that {@code user} is a member of, in no order. In one process as
   * of at least every event that was durable when this was called. In a cluster it may be behind in
   * what the user was added to longer ago than the feed knows of, where the projections are further
   * behind than that, and has what the user has left lately.
   */
  List<String> conversationsOf(String user);

  /** Both methods from elsewhere. */
  static Memberships of(
      BiPredicate<String, String> isMember, Function<String, List<String>> conversationsOf) {
    return new Memberships() {
      @Override
      public boolean isMember(String conversation, String user) {
        return isMember.test(conversation, user);
      }

      @Override
      public List<String> conversationsOf(String user) {
        return conversationsOf.apply(user);
      }
    };
  }
}
