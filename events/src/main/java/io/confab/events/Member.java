package io.confab.events;

/** A member of a conversation and the role in it. */
public record Member(String user, Role role) {}
