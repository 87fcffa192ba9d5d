package io.confab.command.store;

import io.confab.events.EncodedEvent;
import io.confab.events.EventLog;
import java.util.List;

/**
 * A log that also finds a message by what its sender called it, and what was done to a message.
 * Both are lookups by key, however long the conversation is. Shows only what is durable, as soon as
 * it is. Safe for use by many threads.
 *
 * <p>Lookups throw {@link io.confab.events.CommandRejected} with {@code unavailable} where the
 * store cannot be read.
 */
public interface MessageLog extends EventLog {

  /**
   * Whether the event at that sequence is known to be durable. Answers at once, without a question
   * to the store: false may also mean that nothing is known.
   */
  boolean knownDurable(String conversation, long sequence);

  /**
   * The sequence of the message or reply below {@code before} that {@code sender} sent with that
   * id, or -1 where there is none among those that are durable.
   */
  long sent(String conversation, long before, String sender, String clientMessageId);

  /**
   * The events that delete, pin, unpin or react to the message, in the order of their sequences.
   */
  List<EncodedEvent> marks(String conversation, long message);
}
