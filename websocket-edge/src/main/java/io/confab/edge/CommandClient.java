package io.confab.edge;

import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import java.util.concurrent.CompletableFuture;

/** The way of a command from a session to the conversation. Safe for use by many threads. */
public interface CommandClient {

  /**
   * Hands the command on and returns at once. Commands that one thread sends to the same
   * conversation, one after the other, take effect in that order, without waiting for each other's
   * futures.
   *
   * @return completed only after what the command caused is durable; completed exceptionally with
   *     {@link CommandRejected} where it was refused. Always completes
   */
  CompletableFuture<CommandResult> send(ConversationCommand command);
}
