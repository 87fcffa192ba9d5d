package io.confab.command.api;

import io.confab.events.ConversationCommand.AddMembers;
import io.confab.events.ConversationCommand.ChangeMemberRole;
import io.confab.events.ConversationCommand.RemoveMember;
import io.confab.events.ConversationCommand.RenameConversation;
import io.confab.events.ConversationCommand.StartConversation;
import io.confab.events.Ids;
import io.confab.events.Kind;
import io.confab.web.Caller;
import io.confab.web.CommandBodies;
import io.confab.web.CommandBodies.NewConversation;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
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

/** Starts and renames conversations, and says who is in them. */
@RestController
@RequestMapping("/api/conversations")
public final class ConversationCommandController {
  private static final String JSON = MediaType.APPLICATION_JSON_VALUE;

  private final ConversationCommands commands;
  private final Clock clock;
  private final ConversationIds ids;

  public ConversationCommandController(
      ConversationCommands commands, Clock clock, ConversationIds ids) {
    this.commands = commands;
    this.clock = clock;
    this.ids = ids;
  }

  @PostMapping(consumes = JSON)
  CompletableFuture<ResponseEntity<Accepted>> start(Caller caller, @RequestBody byte[] body) {
    NewConversation started = CommandBodies.newConversation(body);
    return commands
        .send(
            new StartConversation(
                id(caller, started),
                caller.user(),
                clock.instant(),
                started.kind(),
                title(started),
                started.members()))
        .thenApply(Accepted::started);
  }

  /** A direct conversation has no title: one that is sent is ignored, as everything unknown is. */
  private static @Nullable String title(NewConversation started) {
    return started.kind() == Kind.DIRECT ? null : started.title();
  }

  /** A direct conversation's id follows from its two members; with more or fewer it is refused. */
  private String id(Caller caller, NewConversation started) {
    if (started.kind() == Kind.DIRECT) {
      for (String member : started.members()) {
        if (!member.equals(caller.user())) {
          return Ids.direct(caller.user(), member);
        }
      }
    }
    return ids.next();
  }

  @PatchMapping(path = "/{conversation}", consumes = JSON)
  CompletableFuture<ResponseEntity<Accepted>> rename(
      Caller caller, @PathVariable String conversation, @RequestBody byte[] body) {
    return commands
        .send(
            new RenameConversation(
                Ids.require("conversation", conversation),
                caller.user(),
                clock.instant(),
                CommandBodies.title(body)))
        .thenApply(Accepted::done);
  }

  @PostMapping(path = "/{conversation}/members", consumes = JSON)
  CompletableFuture<ResponseEntity<Accepted>> addMembers(
      Caller caller, @PathVariable String conversation, @RequestBody byte[] body) {
    return commands
        .send(
            new AddMembers(
                Ids.require("conversation", conversation),
                caller.user(),
                clock.instant(),
                CommandBodies.members(body)))
        .thenApply(Accepted::done);
  }

  @DeleteMapping("/{conversation}/members/{user}")
  CompletableFuture<ResponseEntity<Accepted>> removeMember(
      Caller caller, @PathVariable String conversation, @PathVariable String user) {
    return commands
        .send(
            new RemoveMember(
                Ids.require("conversation", conversation),
                caller.user(),
                clock.instant(),
                Ids.require("member", user)))
        .thenApply(Accepted::done);
  }

  @PutMapping(path = "/{conversation}/members/{user}/role", consumes = JSON)
  CompletableFuture<ResponseEntity<Accepted>> changeRole(
      Caller caller,
      @PathVariable String conversation,
      @PathVariable String user,
      @RequestBody byte[] body) {
    return commands
        .send(
            new ChangeMemberRole(
                Ids.require("conversation", conversation),
                caller.user(),
                clock.instant(),
                Ids.require("member", user),
                CommandBodies.role(body)))
        .thenApply(Accepted::done);
  }
}
