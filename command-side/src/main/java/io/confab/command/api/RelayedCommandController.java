package io.confab.command.api;

import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import io.confab.events.RejectionCode;
import io.confab.web.CommandRelay;
import io.confab.web.CommandRelay.Answer;
import io.confab.web.ServiceKey;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/**
 * Takes the commands that another service hands on ({@link CommandRelay}): runs them in the order
 * of the list, and answers when all of them are settled. None is begun later than the request says
 * ({@link CommandRelay#NOT_AFTER}), by this process's clock.
 */
@RestController
public final class RelayedCommandController {
  private final TimelyCommands commands;
  private final ServiceKey key;
  private final Clock clock;

  public RelayedCommandController(TimelyCommands commands, ServiceKey key, Clock clock) {
    this.commands = commands;
    this.key = key;
    this.clock = clock;
  }

  @PostMapping(path = CommandRelay.PATH, consumes = MediaType.APPLICATION_JSON_VALUE)
  CompletableFuture<ResponseEntity<byte[]>> run(
      @RequestHeader(name = HttpHeaders.AUTHORIZATION, required = false)
          @Nullable String authorization,
      @RequestHeader(name = CommandRelay.NOT_AFTER, required = false) @Nullable Long notAfter,
      @PathVariable String conversation,
      @RequestBody byte[] body) {
    key.require(authorization);
    List<ConversationCommand> relayed = CommandRelay.commands(body);
    if (relayed.size() > CommandRelay.MOST) {
      throw new CommandRejected(
          RejectionCode.INVALID_VALUE,
          "Too many commands in one request",
          relayed.size(),
          CommandRelay.MOST);
    }
    for (ConversationCommand command : relayed) {
      if (!command.conversation().equals(conversation)) {
        throw new CommandRejected(
            RejectionCode.INVALID_VALUE,
            "A command is for another conversation than the path",
            command.conversation(),
            conversation);
      }
    }
    BooleanSupplier inTime = () -> notAfter == null || clock.millis() <= notAfter;
    List<CompletableFuture<Answer>> answers =
        relayed.stream()
            .map(command -> commands.send(command, inTime).handle(this::answer))
            .toList();
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenApply(
            settled ->
                ResponseEntity.ok()
                    .contentType(MediaType.APPLICATION_JSON)
                    .body(
                        CommandRelay.answers(
                            answers.stream().map(CompletableFuture::join).toList())));
  }

  private Answer answer(@Nullable CommandResult result, @Nullable Throwable failure) {
    if (result != null) {
      return Answer.of(result);
    }
    Throwable cause = failure instanceof CompletionException e ? e.getCause() : failure;
    return Answer.of(
        cause instanceof CommandRejected rejection
            ? rejection
            : new CommandRejected(RejectionCode.INTERNAL_ERROR, "The command failed", null, null));
  }
}
