package io.confab.views;

import io.confab.events.Role;
import java.time.Instant;

/**
 * That a user is in a conversation, kept by user.
 *
 * @param joinedOrdinal the conversation's message count when the user last joined
 * @param joinedOwn how many of those the user had sent, when they were a member before
 */
public record MembershipView(
    String user,
    String conversation,
    Role role,
    Instant since,
    long joinedOrdinal,
    long joinedOwn) {}
