package io.confab.command.api;

import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/** Where commands go that may be begun for a time only. Safe for use by many threads. */
@FunctionalInterface
public interface TimelyCommands {

  /**
   * Runs the command as {@link ConversationCommands#send} does, unless it is too late.
   *
   * @param inTime asked whenever the command is about to be run; where it says no, the command is
   *     refused as {@code unavailable} and nothing was done
   */
  CompletableFuture<CommandResult> send(ConversationCommand command, BooleanSupplier inTime);
}
