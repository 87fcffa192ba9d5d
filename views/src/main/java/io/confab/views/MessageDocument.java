package io.confab.views;

import io.confab.events.Attachment;
import io.confab.events.EventEnvelope;
import io.confab.events.MessageContent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A message while a batch is folded into it, and its stored form. Not safe for many threads. */
final class MessageDocument {
  private static final int DELETED = 1;
  private static final int PINNED = 2;

  final long sequence;
  final long ordinal;
  final @Nullable Long root;
  private final String by;
  private final Instant at;
  private final @Nullable String clientMessageId;
  private String body;
  private List<String> mentions;
  private List<Attachment> attachments;
  private int replyCount;
  private @Nullable Instant lastReplyAt;
  private final Map<String, Integer> reactions = new LinkedHashMap<>();
  private @Nullable Instant editedAt;
  private boolean deleted;
  private boolean pinned;

  MessageDocument(
      EventEnvelope envelope, long ordinal, @Nullable Long root, MessageContent content) {
    this.sequence = envelope.sequence();
    this.ordinal = ordinal;
    this.root = root;
    this.by = envelope.by();
    this.at = envelope.at();
    this.clientMessageId = content.clientMessageId();
    this.body = content.body();
    this.mentions = content.mentions();
    this.attachments = content.attachments();
  }

  MessageDocument(MessageView view) {
    sequence = view.sequence();
    ordinal = view.ordinal();
    root = view.root();
    by = view.by();
    at = view.at();
    clientMessageId = view.clientMessageId();
    body = view.body();
    mentions = view.mentions();
    attachments = view.attachments();
    replyCount = view.replyCount();
    lastReplyAt = view.lastReplyAt();
    reactions.putAll(view.reactions());
    editedAt = view.editedAt();
    deleted = view.deleted();
    pinned = view.pinned();
  }

  MessageDocument(byte[] stored) {
    BinaryReader in = new BinaryReader(stored);
    sequence = in.number();
    ordinal = in.number();
    root = in.octet() == 0 ? null : in.number();
    by = in.text();
    at = in.instant();
    clientMessageId = in.optionalText();
    body = in.text();
    mentions = new ArrayList<>();
    for (long n = in.number(); n > 0; n--) {
      mentions.add(in.text());
    }
    attachments = new ArrayList<>();
    for (long n = in.number(); n > 0; n--) {
      attachments.add(new Attachment(in.text(), in.text(), in.number(), in.text()));
    }
    replyCount = (int) in.number();
    lastReplyAt = in.optionalInstant();
    for (long n = in.number(); n > 0; n--) {
      reactions.put(in.text(), (int) in.number());
    }
    editedAt = in.optionalInstant();
    int flags = in.octet();
    deleted = (flags & DELETED) != 0;
    pinned = (flags & PINNED) != 0;
  }

  byte[] bytes() {
    BinaryWriter out = new BinaryWriter().number(sequence).number(ordinal);
    if (root == null) {
      out.octet(0);
    } else {
      out.octet(1).number(root);
    }
    out.text(by).instant(at).optionalText(clientMessageId).text(body).number(mentions.size());
    mentions.forEach(out::text);
    out.number(attachments.size());
    for (Attachment attachment : attachments) {
      out.text(attachment.name()).text(attachment.mediaType());
      out.number(attachment.size()).text(attachment.url());
    }
    out.number(replyCount).optionalInstant(lastReplyAt).number(reactions.size());
    reactions.forEach((emoji, count) -> out.text(emoji).number(count));
    out.optionalInstant(editedAt).octet((deleted ? DELETED : 0) | (pinned ? PINNED : 0));
    return out.bytes();
  }

  MessageView view(String conversation) {
    return new MessageView(
        conversation,
        sequence,
        ordinal,
        root,
        by,
        at,
        body,
        clientMessageId,
        List.copyOf(mentions),
        List.copyOf(attachments),
        replyCount,
        lastReplyAt,
        Collections.unmodifiableMap(reactions),
        editedAt,
        deleted,
        pinned);
  }

  boolean deleted() {
    return deleted;
  }

  void replied(Instant when) {
    replyCount++;
    lastReplyAt = when;
  }

  void replyDeleted() {
    replyCount--;
    if (replyCount == 0) {
      lastReplyAt = null;
    }
  }

  void edited(String newBody, Instant when) {
    if (!deleted) {
      body = newBody;
      editedAt = when;
    }
  }

  void delete() {
    body = "";
    mentions = List.of();
    attachments = List.of();
    reactions.clear();
    deleted = true;
    pinned = false;
  }

  void reacted(String emoji) {
    reactions.merge(emoji, 1, Integer::sum);
  }

  void unreacted(String emoji) {
    reactions.computeIfPresent(emoji, (e, count) -> count == 1 ? null : count - 1);
  }

  void pinned(boolean whether) {
    pinned = whether && !deleted;
  }
}
