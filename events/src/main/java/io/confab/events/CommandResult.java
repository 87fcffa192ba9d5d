package io.confab.events;

import java.time.Instant;

/**
 * The answer to an accepted command; given only after what it speaks of is durable.
 *
 * @param sequence the sequence of the event that the command caused; for one that changed nothing,
 *     that of the event which had done it before, or else the conversation's last
 * @param at that event's time; the command's where nothing was caused
 * @param created whether the command appended an event
 */
public record CommandResult(String conversation, long sequence, Instant at, boolean created) {}
