package io.confab.command.store;

import io.confab.events.EncodedEvent;
import io.confab.events.EventLog;
import java.util.List;

/**
 * A log that also finds a message by what its sender called it, and what was done to a message.
 * Both are lookups by key, however long the conversation is. Shows only what is durable, as soon as
 * it is. Safe for use by many threads.
 *
 * <p>Both methods throw {@link io.confab.events.CommandRejected} with {@code unavailable} where the
 * store cannot be read.
 */
public interface MessageLog extends EventLog {

  /**
   * The sequence of the message or reply that {@code sender} sent with that id, or -1 where there
   * is none.
   */
  long sent(String conversation, String sender, String clientMessageId);

  /**
   * The events that delete, pin, unpin or react to the message, in the order of their sequences.
   */
  List<EncodedEvent> marks(String conversation, long message);
}
