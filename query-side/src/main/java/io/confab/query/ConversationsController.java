package io.confab.query;

import io.confab.events.EventJson;
import io.confab.query.ConversationAccess.Admission;
import io.confab.query.Page.ForwardCursor;
import io.confab.query.ReadPositions.ReadPosition;
import io.confab.views.MemberView;
import io.confab.views.ViewReader;
import io.confab.web.Caller;
import io.confab.web.CommandBodies;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** A conversation's summary, its members, and how far the caller has read. */
@RestController
@RequestMapping("/api/conversations/{conversation}")
final class ConversationsController {
  private final ConversationAccess access;
  private final ViewReader views;
  private final ConversationItems items;
  private final ReadPositions positions;

  ConversationsController(
      ConversationAccess access,
      ViewReader views,
      ConversationItems items,
      ReadPositions positions) {
    this.access = access;
    this.views = views;
    this.items = items;
    this.positions = positions;
  }

  /** A member, and since when they are in the conversation. */
  record MemberItem(String user, String role, String since) {}

  @GetMapping
  ConversationItem conversation(
      Caller caller, HttpServletRequest request, @PathVariable String conversation) {
    Admission admission = access.enter(caller, request, conversation, false);
    return items.of(access.summary(conversation), admission.head(), caller.user());
  }

  /** Members in the order of their ids. */
  @GetMapping("/members")
  Page<MemberItem, ForwardCursor> members(
      Caller caller, HttpServletRequest request, @PathVariable String conversation) {
    Parameters parameters = new Parameters(request);
    int limit = parameters.limit(MessagesController.DEFAULT_LIMIT, Page.MAX_LIMIT);
    String after = parameters.id("after");
    Admission admission = access.enter(caller, request, conversation, false);
    List<MemberView> members = views.members(conversation, after, limit + 1);
    boolean more = members.size() > limit;
    List<MemberItem> page =
        members.stream()
            .limit(limit)
            .map(m -> new MemberItem(m.user(), m.role().wireName(), EventJson.format(m.since())))
            .toList();
    return new Page<>(
        page, ForwardCursor.members(admission.head(), more ? page.get(limit - 1).user() : null));
  }

  @PutMapping("/read")
  ReadPosition read(Caller caller, @PathVariable String conversation, @RequestBody byte[] body) {
    return positions.advance(conversation, caller.user(), CommandBodies.upTo(body));
  }
}
