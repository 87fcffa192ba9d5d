package io.confab.command.conversation;

import io.confab.events.CommandRejected;
import io.confab.events.Ids;
import io.confab.events.Kind;
import io.confab.events.Limits;
import io.confab.events.RejectionCode;
import java.util.Set;

/** How many members a conversation of each kind may have, and what their ids look like. */
final class MembersPolicy {
  private MembersPolicy() {}

  /**
   * @param count how many members there would be
   */
  static void checkCount(Kind kind, int count, Limits limits) {
    int limit =
        switch (kind) {
          case DIRECT -> 2;
          case GROUP -> limits.groupMembers();
          case CHANNEL -> limits.channelMembers();
        };
    if (count > limit) {
      throw new CommandRejected(
          RejectionCode.TOO_MANY_MEMBERS,
          "A " + kind.wireName() + " conversation cannot have " + count + " members",
          count,
          limit);
    }
    if (kind == Kind.DIRECT && count < limit) {
      throw new CommandRejected(
          RejectionCode.INVALID_VALUE,
          "A direct conversation is between two different people",
          count,
          "exactly 2 members");
    }
  }

  static void checkIds(Set<String> users) {
    for (String user : users) {
      Ids.require("member", user);
    }
  }
}
