package io.confab.command.api;

import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import java.util.concurrent.CompletableFuture;

/** Where commands go. Safe for use by many threads. */
@FunctionalInterface
public interface ConversationCommands {

  /**
   * Runs the command.
   *
   * @return completes when what the answer speaks of is durable; fails with {@link
   *     io.confab.events.CommandRejected}
   */
  CompletableFuture<CommandResult> send(ConversationCommand command);
}
