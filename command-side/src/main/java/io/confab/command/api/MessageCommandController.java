package io.confab.command.api;

import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.AddReaction;
import io.confab.events.ConversationCommand.DeleteMessage;
import io.confab.events.ConversationCommand.EditMessage;
import io.confab.events.ConversationCommand.PinMessage;
import io.confab.events.ConversationCommand.RemoveReaction;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationCommand.SendReply;
import io.confab.events.ConversationCommand.UnpinMessage;
import io.confab.events.Ids;
import io.confab.web.Caller;
import io.confab.web.CommandBodies;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Sends messages and replies; edits, deletes, pins and reacts. */
@RestController
@RequestMapping("/api/conversations/{conversation}/messages")
public final class MessageCommandController {
  private static final String JSON = MediaType.APPLICATION_JSON_VALUE;

  private final ConversationCommands commands;
  private final Clock clock;

  public MessageCommandController(ConversationCommands commands, Clock clock) {
    this.commands = commands;
    this.clock = clock;
  }

  @PostMapping(consumes = JSON)
  CompletableFuture<ResponseEntity<Accepted>> send(
      Caller caller, @PathVariable String conversation, @RequestBody byte[] body) {
    return commands
        .send(
            new SendMessage(
                id(conversation), caller.user(), clock.instant(), CommandBodies.message(body)))
        .thenApply(Accepted::sent);
  }

  @PostMapping(path = "/{message}/replies", consumes = JSON)
  CompletableFuture<ResponseEntity<Accepted>> reply(
      Caller caller,
      @PathVariable String conversation,
      @PathVariable String message,
      @RequestBody byte[] body) {
    return commands
        .send(
            new SendReply(
                id(conversation),
                caller.user(),
                clock.instant(),
                CommandBodies.sequence(message),
                CommandBodies.message(body)))
        .thenApply(Accepted::sent);
  }

  @PatchMapping(path = "/{message}", consumes = JSON)
  CompletableFuture<ResponseEntity<Accepted>> edit(
      Caller caller,
      @PathVariable String conversation,
      @PathVariable String message,
      @RequestBody byte[] body) {
    return done(
        new EditMessage(
            id(conversation),
            caller.user(),
            clock.instant(),
            CommandBodies.sequence(message),
            CommandBodies.editedBody(body)));
  }

  @DeleteMapping("/{message}")
  CompletableFuture<ResponseEntity<Accepted>> delete(
      Caller caller, @PathVariable String conversation, @PathVariable String message) {
    return done(
        new DeleteMessage(
            id(conversation), caller.user(), clock.instant(), CommandBodies.sequence(message)));
  }

  @PutMapping("/{message}/reactions/{emoji}")
  CompletableFuture<ResponseEntity<Accepted>> react(
      Caller caller,
      @PathVariable String conversation,
      @PathVariable String message,
      @PathVariable String emoji) {
    return done(
        new AddReaction(
            id(conversation),
            caller.user(),
            clock.instant(),
            CommandBodies.sequence(message),
            emoji));
  }

  @DeleteMapping("/{message}/reactions/{emoji}")
  CompletableFuture<ResponseEntity<Accepted>> takeBack(
      Caller caller,
      @PathVariable String conversation,
      @PathVariable String message,
      @PathVariable String emoji) {
    return done(
        new RemoveReaction(
            id(conversation),
            caller.user(),
            clock.instant(),
            CommandBodies.sequence(message),
            emoji));
  }

  @PutMapping("/{message}/pin")
  CompletableFuture<ResponseEntity<Accepted>> pin(
      Caller caller, @PathVariable String conversation, @PathVariable String message) {
    return done(
        new PinMessage(
            id(conversation), caller.user(), clock.instant(), CommandBodies.sequence(message)));
  }

  @DeleteMapping("/{message}/pin")
  CompletableFuture<ResponseEntity<Accepted>> unpin(
      Caller caller, @PathVariable String conversation, @PathVariable String message) {
    return done(
        new UnpinMessage(
            id(conversation), caller.user(), clock.instant(), CommandBodies.sequence(message)));
  }

  private CompletableFuture<ResponseEntity<Accepted>> done(ConversationCommand command) {
    return commands.send(command).thenApply(Accepted::done);
  }

  private static String id(String conversation) {
    return Ids.require("conversation", conversation);
  }
}
