package io.confab.events;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * An event with its place in the log. Its JSON bytes, written by {@link EventJson}, are the one
 * wire format: stored, mirrored, pushed and exported unchanged.
 *
 * @param sequence the place in the conversation: 0 for the first event, then consecutive
 * @param at when the command was accepted, to the millisecond; says nothing about order
 * @param by the user who caused the event
 */
public record EventEnvelope(
    String conversation, long sequence, Instant at, String by, ConversationEvent event) {

  public EventEnvelope {
    if (sequence < 0) {
      throw new IllegalArgumentException("sequence " + sequence + " is below 0");
    }
    at = at.truncatedTo(ChronoUnit.MILLIS);
  }

  public EventType type() {
    return event.type();
  }
}
