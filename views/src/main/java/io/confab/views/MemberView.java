package io.confab.views;

import io.confab.events.Role;
import java.time.Instant;

/** A member of a conversation. {@code since} is when they last joined. */
public record MemberView(String user, Role role, Instant since) {}
