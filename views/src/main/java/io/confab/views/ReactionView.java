package io.confab.views;

import java.time.Instant;

/** Who reacted with what. */
public record ReactionView(String emoji, String user, Instant at) {}
