package io.confab.query;

import io.confab.events.CommandRejected;
import io.confab.events.EventJson;
import io.confab.events.RejectionCode;
import io.confab.query.ConversationAccess.Admission;
import io.confab.query.Page.Window;
import io.confab.views.MessageView;
import io.confab.views.ViewReader;
import io.confab.web.Caller;
import io.confab.web.CommandBodies;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** The main view, threads, single messages, and who reacted. */
@RestController
@RequestMapping("/api/conversations/{conversation}/messages")
final class MessagesController {
  static final int DEFAULT_LIMIT = 50;
  static final int MAX_LIMIT = 200;

  private final ConversationAccess access;
  private final ViewReader views;

  MessagesController(ConversationAccess access, ViewReader views) {
    this.access = access;
    this.views = views;
  }

  /** Who reacted with what. */
  record ReactionItem(String emoji, String user, String at) {}

  /**
   * The main view: its end, or up to a sequence, or behind one, or on both sides of one. Cursors
   * beyond the head stand for the head.
   */
  @GetMapping
  Page<MessageItem, Window> messages(
      Caller caller, HttpServletRequest request, @PathVariable String conversation) {
    Parameters parameters = new Parameters(request);
    parameters.atMostOneOf("before", "after", "around");
    int limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT);
    Long before = parameters.sequence("before");
    Long after = parameters.after();
    Long around = parameters.sequence("around");
    Admission admission = access.enter(caller, request, conversation, true);
    long end = admission.head() + 1;
    if (before != null) {
      return window(admission, caller, Math.min(before, end), limit, 0);
    }
    if (after != null) {
      return window(admission, caller, Math.min(after, admission.head()) + 1, 0, limit);
    }
    if (around != null) {
      int older = limit / 2;
      return window(admission, caller, Math.min(around, end), older, limit - older);
    }
    return window(admission, caller, end, limit, 0);
  }

  /**
   * At most {@code olderLimit} messages below {@code anchor} and {@code newerLimit} from it on, up
   * to the head. Reads one more on each side, to know whether the page covers that side's rest.
   */
  private Page<MessageItem, Window> window(
      Admission admission, Caller caller, long anchor, int olderLimit, int newerLimit) {
    String conversation = admission.conversation();
    List<MessageView> older =
        new ArrayList<>(views.messagesBefore(conversation, anchor, olderLimit + 1));
    long from = 0;
    if (older.size() > olderLimit) {
      older.remove(olderLimit);
      from = older.isEmpty() ? anchor : older.get(older.size() - 1).sequence();
    }
    List<MessageView> newer =
        upToHead(admission, views.messagesAfter(conversation, anchor - 1, newerLimit + 1));
    long to = admission.head();
    if (newer.size() > newerLimit) {
      newer.remove(newerLimit);
      to = newer.isEmpty() ? anchor - 1 : newer.get(newer.size() - 1).sequence();
    }
    Collections.reverse(older);
    older.addAll(newer);
    return new Page<>(items(older, caller), Window.of(admission.head(), from, to));
  }

  /** A message or a reply by itself. */
  @GetMapping("/{sequence}")
  MessageItem message(
      Caller caller,
      HttpServletRequest request,
      @PathVariable String conversation,
      @PathVariable String sequence) {
    long number = CommandBodies.sequence(sequence);
    Admission admission = access.enter(caller, request, conversation, true);
    return item(require(admission, number), caller);
  }

  /** The thread of a message, oldest first; that of a reply is its root's. */
  @GetMapping("/{sequence}/replies")
  Page<MessageItem, Window> replies(
      Caller caller,
      HttpServletRequest request,
      @PathVariable String conversation,
      @PathVariable String sequence) {
    long number = CommandBodies.sequence(sequence);
    Parameters parameters = new Parameters(request);
    int limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT);
    Long requested = parameters.after();
    Admission admission = access.enter(caller, request, conversation, true);
    MessageView message = require(admission, number);
    long root = message.root() == null ? message.sequence() : message.root();
    long after = requested == null ? -1 : Math.min(requested, admission.head());
    List<MessageView> replies =
        upToHead(admission, views.replies(conversation, root, after, limit + 1));
    long to = admission.head();
    if (replies.size() > limit) {
      replies.remove(limit);
      to = replies.get(limit - 1).sequence();
    }
    return new Page<>(items(replies, caller), Window.forward(admission.head(), after + 1, to));
  }

  /** Who reacted to a message: all of them, in the order of emoji and user. */
  @GetMapping("/{sequence}/reactions")
  Page<ReactionItem, Window> reactions(
      Caller caller,
      HttpServletRequest request,
      @PathVariable String conversation,
      @PathVariable String sequence) {
    long number = CommandBodies.sequence(sequence);
    Admission admission = access.enter(caller, request, conversation, true);
    require(admission, number);
    List<ReactionItem> items =
        views.reactions(conversation, number).stream()
            .map(r -> new ReactionItem(r.emoji(), r.user(), EventJson.format(r.at())))
            .toList();
    return new Page<>(items, Window.forward(admission.head(), 0, admission.head()));
  }

  private MessageView require(Admission admission, long sequence) {
    MessageView message = views.message(admission.conversation(), sequence);
    if (message == null) {
      throw new CommandRejected(
          RejectionCode.UNKNOWN_MESSAGE,
          "That sequence created no message in this conversation",
          sequence,
          "head " + admission.head());
    }
    return message;
  }

  /** What came in behind the head is left to the next page, so that a page is whole up to it. */
  private static List<MessageView> upToHead(Admission admission, List<MessageView> messages) {
    List<MessageView> kept = new ArrayList<>(messages);
    kept.removeIf(message -> message.sequence() > admission.head());
    return kept;
  }

  private List<MessageItem> items(List<MessageView> messages, Caller caller) {
    return messages.stream().map(message -> item(message, caller)).toList();
  }

  private MessageItem item(MessageView message, Caller caller) {
    List<String> own =
        message.reactions().isEmpty()
            ? List.of()
            : views.reactionsOf(message.conversation(), message.sequence(), caller.user());
    return MessageItem.of(message, own);
  }
}
