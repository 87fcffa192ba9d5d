package io.confab.events;

/**
 * A durable event as it travels: the envelope's bytes, and beside them what a hop needs so as not
 * to parse them.
 *
 * <p>The array is shared between all that read the event: nobody may write to it.
 *
 * @param sequence the place in the conversation, from 0
 * @param envelope the UTF-8 JSON of the {@link EventEnvelope}, exactly as stored
 */
@SuppressWarnings("ArrayRecordComponent") // shared, never compared
public record EncodedEvent(String conversation, long sequence, EventType type, byte[] envelope) {}
