package io.confab.query;

import io.confab.events.Ids;
import io.confab.query.Page.ForwardCursor;
import io.confab.views.ConversationView;
import io.confab.views.ViewReader;
import io.confab.web.Caller;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/**
 * A user's conversations, those with the newest event first: memberships joined with summaries.
 *
 * <p>A conversation in which something happens between two pages moves to the front, and so may be
 * missing on the second; a client that listens to its inbox has that event already.
 */
@RestController
final class InboxController {
  private static final Comparator<Position> ORDER =
      Comparator.comparing(Position::at).reversed().thenComparing(Position::conversation);

  private final ViewReader views;
  private final Freshness freshness;
  private final ConversationItems items;
  private final ReadAudit audit;

  InboxController(ViewReader views, Freshness freshness, ConversationItems items, ReadAudit audit) {
    this.views = views;
    this.freshness = freshness;
    this.items = items;
    this.audit = audit;
  }

  @GetMapping("/api/me/conversations")
  Page<ConversationItem, ForwardCursor> own(Caller caller, HttpServletRequest request) {
    Query query = Query.of(request);
    freshness.awaitInbox();
    return page(caller.user(), query);
  }

  /** The same for another user, with their unread counts. Audited. */
  @GetMapping("/api/users/{user}/conversations")
  Page<ConversationItem, ForwardCursor> ofUser(
      Caller caller, HttpServletRequest request, @PathVariable String user) {
    caller.require(Caller.Role.SUPPORT);
    Ids.require("user", user);
    Query query = Query.of(request);
    freshness.awaitInbox();
    audit.record(caller, request, null);
    return page(user, query);
  }

  private Page<ConversationItem, ForwardCursor> page(String user, Query query) {
    Position after = query.after();
    List<ConversationView> found =
        views.memberships(user).stream()
            .map(membership -> views.conversation(membership.conversation()))
            .filter(Objects::nonNull)
            .filter(summary -> after == null || ORDER.compare(Position.of(summary), after) > 0)
            .sorted(Comparator.comparing(Position::of, ORDER))
            .limit(query.limit() + 1L)
            .toList();
    List<ConversationView> page = found.subList(0, Math.min(query.limit(), found.size()));
    return new Page<>(
        page.stream()
            .map(summary -> items.of(summary, summary.head(), user))
            .filter(item -> item.myRole() != null) // left since the memberships were read
            .toList(),
        ForwardCursor.inbox(
            found.size() > page.size() ? Position.of(page.get(page.size() - 1)).cursor() : null));
  }

  private record Query(int limit, @Nullable Position after) {
    static Query of(HttpServletRequest request) {
      Parameters parameters = new Parameters(request);
      String cursor = parameters.text("after");
      return new Query(
          parameters.limit(MessagesController.DEFAULT_LIMIT, Page.MAX_LIMIT),
          cursor == null ? null : Position.ofCursor(cursor));
    }
  }

  /** A conversation's place in the order. */
  private record Position(Instant at, String conversation) {
    static Position of(ConversationView summary) {
      return new Position(summary.lastEventAt(), summary.conversation());
    }

    String cursor() {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString((at + " " + conversation).getBytes(StandardCharsets.UTF_8));
    }

    static Position ofCursor(String cursor) {
      try {
        String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
        int space = text.indexOf(' ');
        if (space > 0 && Ids.valid(text.substring(space + 1))) {
          return new Position(Instant.parse(text.substring(0, space)), text.substring(space + 1));
        }
      } catch (IllegalArgumentException | DateTimeException notOurs) {
        // refused below
      }
      throw Parameters.invalid("after", cursor, "the cursor 'after' of a page of this list");
    }
  }
}
