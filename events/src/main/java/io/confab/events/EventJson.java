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
import java.io.ByteArrayOutputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The envelope's JSON. Writing gives the same bytes for the same envelope, always; reading takes
 * any bytes and either gives an envelope or a {@link MalformedEventException}. Fields that it does
 * not know are ignored. Safe for use by many threads.
 */
public final class EventJson {
  private static final JsonFactory FACTORY = new JsonFactory();
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
  private static final DateTimeFormatter INSTANT =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

  private static volatile Second lastSecond = new Second(0, "1970-01-01T00:00:00.");

  private EventJson() {}

  /** The instant as it stands in envelopes and answers: ISO 8601 in UTC with three decimals. */
  public static String format(Instant instant) {
    // Formatting a date costs a microsecond; nearly all of a second's instants are formatted in it.
    Second second = lastSecond;
    if (second.epochSecond != instant.getEpochSecond()) {
      String whole = INSTANT.format(instant);
      lastSecond =
          second =
              new Second(
                  instant.getEpochSecond(), whole.substring(0, whole.length() - "000Z".length()));
    }
    int millis = instant.getNano() / 1_000_000;
    return new StringBuilder(second.upToDot.length() + 4)
        .append(second.upToDot)
        .append((char) ('0' + millis / 100))
        .append((char) ('0' + millis / 10 % 10))
        .append((char) ('0' + millis % 10))
        .append('Z')
        .toString();
  }

  private record Second(long epochSecond, String upToDot) {}

  /** The envelope's bytes. */
  public static byte[] write(EventEnvelope envelope) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      json.writeStartObject();
      json.writeStringProperty("conversation", envelope.conversation());
      json.writeNumberProperty("sequence", envelope.sequence());
      json.writeStringProperty("type", envelope.type().wireName());
      json.writeStringProperty("at", format(envelope.at()));
      json.writeStringProperty("by", envelope.by());
      json.writeObjectPropertyStart("data");
      writeData(json, envelope.event());
      json.writeEndObject();
      json.writeEndObject();
    }
    return out.toByteArray();
  }

  private static void writeData(JsonGenerator json, ConversationEvent event) {
    switch (event.type()) {
      case CONVERSATION_STARTED -> {
        ConversationStarted started = (ConversationStarted) event;
        json.writeStringProperty("kind", started.kind().wireName());
        if (started.title() != null) {
          json.writeStringProperty("title", started.title());
        }
        writeMembers(json, started.members());
      }
      case CONVERSATION_RENAMED ->
          json.writeStringProperty("title", ((ConversationRenamed) event).title());
      case MEMBERS_ADDED -> writeMembers(json, ((MembersAdded) event).members());
      case MEMBER_REMOVED -> json.writeStringProperty("member", ((MemberRemoved) event).member());
      case MEMBER_ROLE_CHANGED -> {
        MemberRoleChanged changed = (MemberRoleChanged) event;
        json.writeStringProperty("member", changed.member());
        json.writeStringProperty("role", changed.role().wireName());
      }
      case MESSAGE_SENT -> {
        MessageSent sent = (MessageSent) event;
        json.writeNumberProperty("ordinal", sent.ordinal());
        writeContent(json, sent.content());
      }
      case REPLY_SENT -> {
        ReplySent reply = (ReplySent) event;
        json.writeNumberProperty("root", reply.root());
        writeContent(json, reply.content());
      }
      case MESSAGE_EDITED -> {
        MessageEdited edited = (MessageEdited) event;
        json.writeNumberProperty("message", edited.message());
        json.writeStringProperty("body", edited.body());
      }
      case MESSAGE_DELETED ->
          json.writeNumberProperty("message", ((MessageDeleted) event).message());
      case REACTION_ADDED -> {
        ReactionAdded added = (ReactionAdded) event;
        writeReaction(json, added.message(), added.emoji());
      }
      case REACTION_REMOVED -> {
        ReactionRemoved removed = (ReactionRemoved) event;
        writeReaction(json, removed.message(), removed.emoji());
      }
      case MESSAGE_PINNED -> json.writeNumberProperty("message", ((MessagePinned) event).message());
      case MESSAGE_UNPINNED ->
          json.writeNumberProperty("message", ((MessageUnpinned) event).message());
    }
  }

  private static void writeReaction(JsonGenerator json, long message, String emoji) {
    json.writeNumberProperty("message", message);
    json.writeStringProperty("emoji", emoji);
  }

  private static void writeMembers(JsonGenerator json, List<Member> members) {
    json.writeArrayPropertyStart("members");
    for (Member member : members) {
      json.writeStartObject();
      json.writeStringProperty("user", member.user());
      json.writeStringProperty("role", member.role().wireName());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeContent(JsonGenerator json, MessageContent content) {
    json.writeStringProperty("body", content.body());
    if (content.clientMessageId() != null) {
      json.writeStringProperty("clientMessageId", content.clientMessageId());
    }
    if (!content.mentions().isEmpty()) {
      json.writeArrayPropertyStart("mentions");
      content.mentions().forEach(json::writeString);
      json.writeEndArray();
    }
    if (!content.attachments().isEmpty()) {
      json.writeArrayPropertyStart("attachments");
      for (Attachment attachment : content.attachments()) {
        json.writeStartObject();
        json.writeStringProperty("name", attachment.name());
        json.writeStringProperty("mediaType", attachment.mediaType());
        json.writeNumberProperty("size", attachment.size());
        json.writeStringProperty("url", attachment.url());
        json.writeEndObject();
      }
      json.writeEndArray();
    }
  }

  /**
   * The envelope of those bytes.
   *
   * @throws MalformedEventException where they are none: not JSON, a field missing or of another
   *     type, a type that is not in the table
   */
  public static EventEnvelope read(byte[] bytes) {
    JsonNode root;
    try {
      root = MAPPER.readTree(bytes);
    } catch (JacksonException e) {
      throw new MalformedEventException("not JSON", e);
    }
    String typeName = text(root, "type");
    EventType type = EventType.ofWireName(typeName);
    if (type == null) {
      throw new MalformedEventException("type '" + typeName + "' is not in the table of types");
    }
    JsonNode data = root.get("data");
    if (data == null || !data.isObject()) {
      throw new MalformedEventException("data is not an object");
    }
    String at = text(root, "at");
    try {
      return new EventEnvelope(
          text(root, "conversation"),
          number(root, "sequence"),
          Instant.parse(at),
          text(root, "by"),
          readData(type, data));
    } catch (DateTimeException e) {
      throw new MalformedEventException("at '" + at + "' is not an instant", e);
    }
  }

  /** When the event was made, read without the rest of the envelope; null where it is damaged. */
  public static @Nullable Instant at(byte[] envelope) {
    try (JsonParser json = FACTORY.createParser(ObjectReadContext.empty(), envelope)) {
      if (json.nextToken() == JsonToken.START_OBJECT) {
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
          boolean found = json.currentName().equals("at");
          json.nextToken();
          if (found) {
            return Instant.parse(json.getString());
          }
          json.skipChildren();
        }
      }
    } catch (JacksonException | DateTimeException damaged) {
      return null;
    }
    return null;
  }

  private static ConversationEvent readData(EventType type, JsonNode data) {
    return switch (type) {
      case CONVERSATION_STARTED ->
          new ConversationStarted(kind(data), optionalText(data, "title"), members(data));
      case CONVERSATION_RENAMED -> new ConversationRenamed(text(data, "title"));
      case MEMBERS_ADDED -> new MembersAdded(members(data));
      case MEMBER_REMOVED -> new MemberRemoved(text(data, "member"));
      case MEMBER_ROLE_CHANGED -> new MemberRoleChanged(text(data, "member"), role(data));
      case MESSAGE_SENT -> new MessageSent(number(data, "ordinal"), content(data));
      case REPLY_SENT -> new ReplySent(number(data, "root"), content(data));
      case MESSAGE_EDITED -> new MessageEdited(number(data, "message"), text(data, "body"));
      case MESSAGE_DELETED -> new MessageDeleted(number(data, "message"));
      case REACTION_ADDED -> new ReactionAdded(number(data, "message"), text(data, "emoji"));
      case REACTION_REMOVED -> new ReactionRemoved(number(data, "message"), text(data, "emoji"));
      case MESSAGE_PINNED -> new MessagePinned(number(data, "message"));
      case MESSAGE_UNPINNED -> new MessageUnpinned(number(data, "message"));
    };
  }

  private static MessageContent content(JsonNode data) {
    List<String> mentions = new ArrayList<>();
    for (JsonNode mention : array(data, "mentions", false)) {
      if (!mention.isString()) {
        throw new MalformedEventException("a mention is not a string");
      }
      mentions.add(mention.stringValue());
    }
    List<Attachment> attachments = new ArrayList<>();
    for (JsonNode item : array(data, "attachments", false)) {
      attachments.add(
          new Attachment(
              text(item, "name"),
              text(item, "mediaType"),
              number(item, "size"),
              text(item, "url")));
    }
    return new MessageContent(
        text(data, "body"), optionalText(data, "clientMessageId"), mentions, attachments);
  }

  private static List<Member> members(JsonNode data) {
    List<Member> members = new ArrayList<>();
    for (JsonNode item : array(data, "members", true)) {
      members.add(new Member(text(item, "user"), role(item)));
    }
    return members;
  }

  private static Kind kind(JsonNode data) {
    String name = text(data, "kind");
    Kind kind = Kind.ofWireName(name);
    if (kind == null) {
      throw new MalformedEventException("kind '" + name + "' is not one of direct, group, channel");
    }
    return kind;
  }

  private static Role role(JsonNode data) {
    String name = text(data, "role");
    Role role = Role.ofWireName(name);
    if (role == null) {
      throw new MalformedEventException("role '" + name + "' is not one of owner, member");
    }
    return role;
  }

  private static Iterable<JsonNode> array(JsonNode node, String field, boolean required) {
    JsonNode value = node.get(field);
    if (value == null && !required) {
      return List.of();
    }
    if (value == null || !value.isArray()) {
      throw new MalformedEventException(field + " is not an array");
    }
    return value;
  }

  private static String text(JsonNode node, String field) {
    String value = optionalText(node, field);
    if (value == null) {
      throw new MalformedEventException(field + " is missing");
    }
    return value;
  }

  private static @Nullable String optionalText(JsonNode node, String field) {
    JsonNode value = node.get(field);
    if (value == null || value.isNull()) {
      return null;
    }
    if (!value.isString()) {
      throw new MalformedEventException(field + " is not a string");
    }
    return value.stringValue();
  }

  private static long number(JsonNode node, String field) {
    JsonNode value = node.get(field);
    if (value == null || !value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new MalformedEventException(field + " is not a whole number");
    }
    long number = value.longValue();
    if (number < 0) {
      throw new MalformedEventException(field + " is " + number + ", below 0");
    }
    return number;
  }
}
