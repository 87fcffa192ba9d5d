package io.confab.command.store;

import io.confab.events.EncodedEvent;

/**
 * A durable event with its place in the log of all conversations.
 *
 * @param index from 0, without gaps, in the order in which events became durable
 * @param timestamp the envelope's time, in milliseconds since the epoch; says nothing about order
 */
public record LogEntry(long index, long timestamp, EncodedEvent event) {}
