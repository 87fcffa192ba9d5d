package io.confab.events;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table of event types. The names are stored and sent, so they never change; a new type is
 * added, and each {@code switch} over this enum then fails to compile until its place has decided.
 */
public enum EventType {
  CONVERSATION_STARTED("ConversationStarted"),
  CONVERSATION_RENAMED("ConversationRenamed"),
  MEMBERS_ADDED("MembersAdded"),
  MEMBER_REMOVED("MemberRemoved"),
  MEMBER_ROLE_CHANGED("MemberRoleChanged"),
  MESSAGE_SENT("MessageSent"),
  REPLY_SENT("ReplySent"),
  MESSAGE_EDITED("MessageEdited"),
  MESSAGE_DELETED("MessageDeleted"),
  REACTION_ADDED("ReactionAdded"),
  REACTION_REMOVED("ReactionRemoved"),
  MESSAGE_PINNED("MessagePinned"),
  MESSAGE_UNPINNED("MessageUnpinned");

  private static final Map<String, EventType> BY_WIRE_NAME = new HashMap<>();

  static {
    for (EventType type : values()) {
      BY_WIRE_NAME.put(type.wireName, type);
    }
  }

  private final String wireName;

  EventType(String wireName) {
    this.wireName = wireName;
  }

  /** The name in envelopes, headers and stored records. */
  public String wireName() {
    return wireName;
  }

  /** The type of that wire name, or null where there is none. */
  public static @Nullable EventType ofWireName(String wireName) {
    return BY_WIRE_NAME.get(wireName);
  }
}
