package io.confab.web;

import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import java.util.Locale;
import java.util.Set;

/**
 * Who calls, as their token says. Controllers take it as a parameter; there is none without a
 * token.
 */
public record Caller(String user, Set<Role> roles) {

  /** What a token's {@code roles} may hold; the wire name is the lower-case name. */
  public enum Role {
    USER,
    /** Reads any conversation, with each read audited. */
    SUPPORT,
    /** Replays the log of all conversations. */
    ANALYST,
    /** Another Confab process. */
    SERVICE;

    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public Caller {
    roles = Set.copyOf(roles);
  }

  public boolean is(Role role) {
    return roles.contains(role);
  }

  /**
   * @throws CommandRejected {@code forbidden} where the caller's token lacks that role
   */
  public void require(Role role) {
    if (!is(role)) {
      throw new CommandRejected(
          RejectionCode.FORBIDDEN,
          "The token of " + user + " lacks the role " + role.wireName(),
          roles.stream().map(Role::wireName).sorted().toList(),
          "role " + role.wireName());
    }
  }
}
