package io.confab.command.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.confab.events.CommandResult;
import io.confab.events.EventJson;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;

/**
 * The answer to an accepted command.
 *
 * @param at null where a conversation was started
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Accepted(String conversation, long sequence, @Nullable String at) {

  /** A conversation: 201 and where it is, or 200 where it existed. */
  static ResponseEntity<Accepted> started(CommandResult result) {
    return answer(
        result,
        "/api/conversations/" + result.conversation(),
        new Accepted(result.conversation(), result.sequence(), null));
  }

  /** A message or reply: 201 and where it is, or 200 where it was sent before. */
  static ResponseEntity<Accepted> sent(CommandResult result) {
    return answer(
        result,
        "/api/conversations/" + result.conversation() + "/messages/" + result.sequence(),
        of(result));
  }

  /** Anything else: 200. */
  static ResponseEntity<Accepted> done(CommandResult result) {
    return ResponseEntity.ok(of(result));
  }

  private static Accepted of(CommandResult result) {
    return new Accepted(result.conversation(), result.sequence(), EventJson.format(result.at()));
  }

  private static ResponseEntity<Accepted> answer(
      CommandResult result, String location, Accepted body) {
    return result.created()
        ? ResponseEntity.created(URI.create(location)).body(body)
        : ResponseEntity.ok(body);
  }
}
