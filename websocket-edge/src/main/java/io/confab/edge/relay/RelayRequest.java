package io.confab.edge.relay;

import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationCommand.SendReply;
import io.confab.web.CommandRelay;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Commands of one conversation that go together, however often they are tried. In one thread's
 * hands at a time.
 */
final class RelayRequest {

  /**
   * @param deadline by {@link System#nanoTime}
   */
  record Waiting(
      ConversationCommand command, CompletableFuture<CommandResult> result, long deadline) {}

  final String conversation;
  final List<Waiting> commands;
  final byte[] body;

  /** That of the first command. */
  final long deadline;

  int repeats;

  /** Whether it holds messages alone, which are known by their ids when they come again. */
  private final boolean messages;

  private boolean perhapsTaken;
  private long open;

  RelayRequest(List<Waiting> commands) {
    this.conversation = commands.get(0).command.conversation();
    this.commands = commands;
    this.body = CommandRelay.commands(commands.stream().map(Waiting::command).toList());
    this.deadline = commands.get(0).deadline;
    this.messages =
        commands.stream()
            .allMatch(
                waiting ->
                    waiting.command instanceof SendMessage || waiting.command instanceof SendReply);
  }

  /**
   * An attempt without an answer may have been taken.
   *
   * @param until when it may be begun, by {@link System#nanoTime}
   */
  void perhapsTaken(long until) {
    perhapsTaken = true;
    open = until;
  }

  boolean perhapsTaken() {
    return perhapsTaken;
  }

  /** How long nothing may follow that it could undo; 0 or less for at once. */
  long nanosOpen() {
    return messages || !perhapsTaken ? 0 : open - System.nanoTime();
  }
}
