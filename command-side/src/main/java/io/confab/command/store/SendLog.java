package io.confab.command.store;

import io.confab.events.EventLog;

/**
 * A log that also finds a message by what its sender called it. Shows only what is durable; a
 * message can be found as soon as it is durable. Safe for use by many threads.
 */
public interface SendLog extends EventLog {

  /**
   * The sequence of the message or reply that {@code sender} sent with that id, or -1 where there
   * is none: a lookup by key, however long the conversation is.
   *
   * @throws io.confab.events.CommandRejected {@code unavailable} where the store cannot be read
   */
  long sent(String conversation, String sender, String clientMessageId);
}
