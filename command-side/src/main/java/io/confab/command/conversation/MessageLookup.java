package io.confab.command.conversation;

import io.confab.events.EventEnvelope;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a conversation does not keep in memory from its log. Called on the thread that runs
 * the conversation's commands, for old messages, and for a message with a client's id where the
 * conversation has had more than it keeps.
 *
 * <p><b>Sees what was queued.</b> An event that the conversation has applied may not be durable
 * yet, while the log shows only what is: an implementation waits for it, so that an answer never
 * lags behind the conversation's own state. Where the store fails meanwhile, the failure is thrown;
 * an event is never reported as absent on suspicion. Safe for use by many threads.
 */
public interface MessageLookup {

  /**
   * The event at that sequence, one point read; null where the sequence is behind the
   * conversation's head.
   */
  @Nullable EventEnvelope read(String conversation, long sequence);

  /**
   * The sequence of the message or reply below {@code before} that {@code sender} sent with that
   * id; -1 where there is none. A lookup by key; it waits only where events below {@code before}
   * are not durable yet.
   */
  long sentBefore(String conversation, long before, String sender, String clientMessageId);

  /**
   * The events that delete, pin, unpin or react to one message, in the order of their sequences: a
   * lookup by key. Waits for what is queued; the conversation asks only where it holds more marks
   * than it can keep.
   */
  List<EventEnvelope> marks(String conversation, long message);
}
