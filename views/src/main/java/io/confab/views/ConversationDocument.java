package io.confab.views;

import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.EventEnvelope;
import io.confab.events.Kind;
import io.confab.views.ConversationView.LastMessage;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A conversation's summary while a batch is folded into it. Not safe for many threads. */
final class ConversationDocument {
  private static final int EXCERPT = 200;

  private final String conversation;
  private final Kind kind;
  private final Instant startedAt;
  @Nullable String title;
  int memberCount;
  long messageCount;
  private long head;
  private Instant lastEventAt;
  private @Nullable LastMessage lastMessage;

  ConversationDocument(EventEnvelope envelope, ConversationStarted started) {
    conversation = envelope.conversation();
    kind = started.kind();
    title = started.title();
    startedAt = envelope.at();
    head = envelope.sequence();
    lastEventAt = envelope.at();
  }

  ConversationDocument(ConversationView view) {
    conversation = view.conversation();
    kind = view.kind();
    title = view.title();
    memberCount = view.memberCount();
    messageCount = view.messageCount();
    startedAt = view.startedAt();
    head = view.head();
    lastEventAt = view.lastEventAt();
    lastMessage = view.lastMessage();
  }

  ConversationView view() {
    return new ConversationView(
        conversation,
        kind,
        title,
        head,
        memberCount,
        messageCount,
        lastMessage,
        startedAt,
        lastEventAt);
  }

  void applied(EventEnvelope envelope) {
    head = envelope.sequence();
    lastEventAt = envelope.at();
  }

  void sent(EventEnvelope envelope, long ordinal, String body) {
    messageCount = ordinal;
    lastMessage =
        new LastMessage(envelope.sequence(), envelope.by(), envelope.at(), excerpt(body), false);
  }

  void edited(long message, String body) {
    LastMessage last = lastMessage;
    if (last != null && last.sequence() == message && !last.deleted()) {
      lastMessage = new LastMessage(message, last.by(), last.at(), excerpt(body), false);
    }
  }

  void deleted(long message) {
    LastMessage last = lastMessage;
    if (last != null && last.sequence() == message) {
      lastMessage = new LastMessage(message, last.by(), last.at(), "", true);
    }
  }

  /** Counted in code points, so that none is cut in two. */
  private static String excerpt(String body) {
    return body.codePointCount(0, body.length()) <= EXCERPT
        ? body
        : body.substring(0, body.offsetByCodePoints(0, EXCERPT));
  }
}
