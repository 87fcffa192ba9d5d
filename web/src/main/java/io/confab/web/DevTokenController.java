package io.confab.web;

import io.confab.events.CommandRejected;
import io.confab.events.Ids;
import io.confab.events.RejectionCode;
import java.time.Clock;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Hands out tokens of the {@link DevKey} to whoever asks; exists only beside that key, on loopback.
 */
@RestController
@RequestMapping("/api/dev/tokens")
final class DevTokenController {
  private final DevKey key;
  private final Clock clock;

  DevTokenController(DevKey key, Clock clock) {
    this.key = key;
    this.clock = clock;
  }

  record TokenRequest(@Nullable String user, @Nullable List<String> roles) {}

  record TokenAnswer(String token) {}

  @PostMapping
  TokenAnswer token(@RequestBody TokenRequest request) {
    if (request.user() == null) {
      throw new CommandRejected(
          RejectionCode.INVALID_VALUE, "user is missing", null, "an id: " + Ids.FORM);
    }
    String user = Ids.require("user", request.user());
    List<String> names = request.roles() == null ? List.of("user") : request.roles();
    Set<Caller.Role> roles = EnumSet.noneOf(Caller.Role.class);
    for (String name : names) {
      roles.add(role(name));
    }
    return new TokenAnswer(key.token(user, roles, clock.instant()));
  }

  private static Caller.Role role(@Nullable String name) {
    for (Caller.Role role : Caller.Role.values()) {
      if (role.wireName().equals(name)) {
        return role;
      }
    }
    throw new CommandRejected(
        RejectionCode.INVALID_VALUE,
        "There is no such role",
        name,
        Arrays.stream(Caller.Role.values()).map(Caller.Role::wireName).toList());
  }
}
