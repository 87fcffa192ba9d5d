package io.confab.events;

import io.confab.events.ConversationEvent.ConversationRenamed;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.ConversationEvent.MemberRoleChanged;
import io.confab.events.ConversationEvent.MembersAdded;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessageEdited;
import io.confab.events.ConversationEvent.MessagePinned;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.ConversationEvent.MessageUnpinned;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.ConversationEvent.ReactionRemoved;
import io.confab.events.ConversationEvent.ReplySent;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The golden files: for each type an envelope as it has always been written. They are only ever
 * added to; one that no longer matches means that stored events can no longer be read.
 */
final class Golden {
  private static final Instant AT = Instant.parse("2026-11-24T09:30:00.123Z");

  private Golden() {}

  /** The file's bytes, or null where the type has none. */
  static byte @Nullable [] bytes(EventType type) {
    try (InputStream in =
        Golden.class.getResourceAsStream("/golden/" + type.wireName() + ".json")) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** What the file says. */
  static EventEnvelope envelope(EventType type) {
    return switch (type) {
      case CONVERSATION_STARTED ->
          envelope(
              0,
              "alice",
              new ConversationStarted(
                  Kind.CHANNEL,
                  "Nëws 📰",
                  List.of(new Member("alice", Role.OWNER), new Member("bob", Role.MEMBER))));
      case CONVERSATION_RENAMED -> envelope(1, "alice", new ConversationRenamed("Old \"news\""));
      case MEMBERS_ADDED ->
          envelope(
              2,
              "alice",
              new MembersAdded(
                  List.of(new Member("carol", Role.MEMBER), new Member("dave", Role.OWNER))));
      case MEMBER_REMOVED -> envelope(3, "dave", new MemberRemoved("dave"));
      case MEMBER_ROLE_CHANGED -> envelope(4, "alice", new MemberRoleChanged("bob", Role.OWNER));
      case MESSAGE_SENT ->
          envelope(
              17,
              "alice",
              new MessageSent(
                  12,
                  new MessageContent(
                      "hello\n👋 \"you\" \\",
                      "6f1c-1",
                      List.of("bob", "carol"),
                      List.of(
                          new Attachment(
                              "plan.pdf",
                              "application/pdf",
                              123_456_789_012L,
                              "https://files.example/plan.pdf")))));
      case REPLY_SENT -> envelope(18, "bob", new ReplySent(17, MessageContent.of("aside")));
      case MESSAGE_EDITED -> envelope(19, "alice", new MessageEdited(17, "hello again"));
      case MESSAGE_DELETED -> envelope(20, "bob", new MessageDeleted(18));
      case REACTION_ADDED ->
          envelope(
              21,
              "carol",
              new ReactionAdded(17, "\ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc67"));
      case REACTION_REMOVED ->
          envelope(
              22,
              "carol",
              new ReactionRemoved(17, "\ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc67"));
      case MESSAGE_PINNED -> envelope(23, "bob", new MessagePinned(17));
      case MESSAGE_UNPINNED -> envelope(24, "bob", new MessageUnpinned(17));
    };
  }

  private static EventEnvelope envelope(long sequence, String by, ConversationEvent event) {
    return new EventEnvelope("c-01JDEXAMPLE", sequence, AT, by, event);
  }
}
