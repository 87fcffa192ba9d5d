package io.confab.edge.route;

import java.util.Set;

/** Who is in a conversation, as somebody knows it. May block, and may be behind the log. */
public interface ChatMembers {

  /**
   * What is known. The users are those of that sequence or of a later one.
   *
   * @throws RuntimeException where it cannot be read; it is asked again
   */
  AsOf of(String conversation);

  /**
   * @param sequence the last event that is reflected for certain, -1 where none is
   */
  record AsOf(Set<String> users, long sequence) {}
}
