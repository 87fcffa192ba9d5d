package io.confab.edge;

import io.confab.edge.presence.Presence;
import io.confab.edge.presence.UserPresence;
import io.confab.events.CommandRejected;
import io.confab.events.Ids;
import io.confab.events.RejectionCode;
import io.confab.web.Caller;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Who is present, asked once. Any user may ask for any other. */
@RestController
final class PresenceController {
  private final Presence presence;
  private final int mostUsers;

  PresenceController(Presence presence, int mostUsers) {
    this.presence = presence;
    this.mostUsers = mostUsers;
  }

  /** The users asked for, each once, in the order of the first mention. */
  record Answer(List<UserPresence> items) {}

  @GetMapping("/api/presence")
  CompletableFuture<Answer> query(Caller caller, HttpServletRequest request) {
    return presence.query(users(request)).thenApply(Answer::new);
  }

  private List<String> users(HttpServletRequest request) {
    String[] values = request.getParameterValues("users");
    if (values == null) {
      throw new CommandRejected(
          RejectionCode.INVALID_VALUE, "users is missing", null, "users=alice,bob");
    }
    List<String> users = Stream.of(String.join(",", values).split(",", -1)).distinct().toList();
    if (users.size() > mostUsers) {
      throw new CommandRejected(
          RejectionCode.INVALID_VALUE, "users names too many", users.size(), mostUsers);
    }
    users.forEach(user -> Ids.require("users", user));
    return users;
  }
}
