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
    int limit = parameters.limit(DEFAULT_LIMIT, Page.MAX_LIMIT);
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
   * to the head. Knows of each side whether the page covers its rest.
   */
  private Page<MessageItem, Window> window(
      Admission admission, Caller caller, long anchor, int olderLimit, int newerLimit) {
    String conversation = admission.conversation();
    int bytes = olderLimit > 0 && newerLimit > 0 ? Page.MAX_BYTES / 2 : Page.MAX_BYTES;
    MessageRun older =
        MessageRun.read(
            anchor,
            olderLimit,
            bytes,
            (cursor, limit) -> views.messagesBefore(conversation, cursor, limit));
    MessageRun newer =
        MessageRun.read(
            anchor - 1,
            newerLimit,
            bytes,
            (cursor, limit) ->
                upToHead(admission, views.messagesAfter(conversation, cursor, limit)));
    long from = older.more() ? older.last(anchor) : 0;
    long to = newer.more() ? newer.last(anchor - 1) : admission.head();
    List<MessageView> messages = new ArrayList<>(older.messages());
    Collections.reverse(messages);
    messages.addAll(newer.messages());
    return new Page<>(items(messages, caller), Window.of(admission.head(), from, to));
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
    int limit = parameters.limit(DEFAULT_LIMIT, Page.MAX_LIMIT);
    Long requested = parameters.after();
    Admission admission = access.enter(caller, request, conversation, true);
    MessageView message = require(admission, number);
    long root = message.root() == null ? message.sequence() : message.root();
    long after = requested == null ? -1 : Math.min(requested, admission.head());
    MessageRun replies =
        MessageRun.read(
            after,
            limit,
            Page.MAX_BYTES,
            (cursor, count) ->
                upToHead(admission, views.replies(conversation, root, cursor, count)));
    long to = replies.more() ? replies.last(after) : admission.head();
    return new Page<>(
        items(replies.messages(), caller), Window.forward(admission.head(), after + 1, to));
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
