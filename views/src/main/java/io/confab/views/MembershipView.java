package io.confab.views;

import io.confab.events.Role;
import java.time.Instant;

/**
 * That a user is in a conversation, kept by user.
 *
 * @param joinedOrdinal the conversation's message count when the user joined
 * @param ownOrdinal the ordinal of the user's own last message of the main view; 0 where none
 */
public record MembershipView(
    String user,
    String conversation,
    Role role,
    Instant since,
    long joinedOrdinal,
    long ownOrdinal) {}
