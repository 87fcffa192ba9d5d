package io.confab.command.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessagePinned;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.ConversationEvent.MessageUnpinned;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.ConversationEvent.ReactionRemoved;
import io.confab.events.ConversationEvent.ReplySent;
import io.confab.events.EventEnvelope;
import io.confab.events.MessageContent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * The JSON of commits and snapshots in Cosmos DB; the layout is written down in the package's
 * documentation.
 */
final class CommitDocument {
  static final String ID = "id";
  static final String PARTITION = "partition";
  static final String COMMIT = "commitId";
  static final String FIRST = "firstSequence";
  static final String LAST = "lastSequence";
  static final String CONVERSATION = "conversation";
  static final String SENDS = "sends";
  static final String MARKS = "marks";

  private static final String SENDS_AT = "sendsAt";
  private static final String MARKS_AT = "marksAt";
  private static final String EVENTS = "events";
  private static final String SNAPSHOT = "snapshot";

  /**
   * A text of more than this is deflated: 25,000 members would not fit into an item as they are.
   */
  private static final int PACKED_OVER = 64 << 10;

  private CommitDocument() {}

  /**
   * An event on its way into a commit.
   *
   * @param send what {@link #send(String, String)} makes of who sent it and their id for it, or
   *     null
   * @param mark the message that it marks, or -1
   * @param bytes of its JSON, at least
   * @param weight the bytes that it takes in memory, roughly
   */
  record Item(
      String aggregate,
      long sequence,
      ObjectNode json,
      @Nullable String send,
      long mark,
      int bytes,
      int weight) {}

  /** The event as an item, serialized on the caller's thread. */
  static Item item(EventMessage<?> message, Serializer serializer) {
    StoredEvent event = StoredEvent.of(message, serializer);
    ObjectNode json = write(event);
    String send = null;
    long mark = -1;
    if (message.getPayload() instanceof EventEnvelope envelope) {
      send = sendOf(envelope);
      mark = markOf(envelope);
    }
    int bytes = json.toString().getBytes(StandardCharsets.UTF_8).length;
    return new Item(
        event.aggregate(),
        event.sequence(),
        json,
        send,
        mark,
        bytes,
        Math.max(bytes, event.payload().length));
  }

  /** How a message is found by who sent it and what they called it. A sender has no slash. */
  static String send(String sender, String clientMessageId) {
    return sender + "/" + clientMessageId;
  }

  private static @Nullable String sendOf(EventEnvelope envelope) {
    MessageContent content =
        switch (envelope.type()) {
          case MESSAGE_SENT -> ((MessageSent) envelope.event()).content();
          case REPLY_SENT -> ((ReplySent) envelope.event()).content();
          case MESSAGE_DELETED,
              REACTION_ADDED,
              REACTION_REMOVED,
              MESSAGE_PINNED,
              MESSAGE_UNPINNED,
              CONVERSATION_STARTED,
              CONVERSATION_RENAMED,
              MEMBERS_ADDED,
              MEMBER_REMOVED,
              MEMBER_ROLE_CHANGED,
              MESSAGE_EDITED ->
              null;
        };
    String id = content == null ? null : content.clientMessageId();
    return id == null ? null : send(envelope.by(), id);
  }

  private static long markOf(EventEnvelope envelope) {
    return switch (envelope.type()) {
      case MESSAGE_DELETED -> ((MessageDeleted) envelope.event()).message();
      case REACTION_ADDED -> ((ReactionAdded) envelope.event()).message();
      case REACTION_REMOVED -> ((ReactionRemoved) envelope.event()).message();
      case MESSAGE_PINNED -> ((MessagePinned) envelope.event()).message();
      case MESSAGE_UNPINNED -> ((MessageUnpinned) envelope.event()).message();
      case MESSAGE_SENT,
          REPLY_SENT,
          CONVERSATION_STARTED,
          CONVERSATION_RENAMED,
          MEMBERS_ADDED,
          MEMBER_REMOVED,
          MEMBER_ROLE_CHANGED,
          MESSAGE_EDITED ->
          -1;
    };
  }

  /** The document of a commit; the items are of one aggregate and consecutive. */
  static ObjectNode commit(String partition, String commitId, List<Item> items) {
    Item first = items.get(0);
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put(ID, id(first.sequence()));
    document.put(PARTITION, partition);
    document.put(CONVERSATION, first.aggregate());
    document.put(FIRST, first.sequence());
    document.put(LAST, items.get(items.size() - 1).sequence());
    document.put(COMMIT, commitId);
    ArrayNode sends = document.arrayNode();
    ArrayNode sendsAt = document.arrayNode();
    ArrayNode marks = document.arrayNode();
    ArrayNode marksAt = document.arrayNode();
    ArrayNode events = document.putArray(EVENTS);
    for (Item item : items) {
      events.add(item.json());
      if (item.send() != null) {
        sends.add(item.send());
        sendsAt.add(item.sequence());
      }
      if (item.mark() >= 0) {
        marks.add(item.mark());
        marksAt.add(item.sequence());
      }
    }
    if (!sends.isEmpty()) {
      document.set(SENDS, sends);
      document.set(SENDS_AT, sendsAt);
    }
    if (!marks.isEmpty()) {
      document.set(MARKS, marks);
      document.set(MARKS_AT, marksAt);
    }
    return document;
  }

  /** A commit's id sorts as its sequence does. */
  static String id(long sequence) {
    return String.format(Locale.ROOT, "%019d", sequence);
  }

  /** The commit's events, in order. */
  static List<StoredEvent> events(JsonNode document) {
    String conversation = document.get(CONVERSATION).asText();
    long sequence = document.get(FIRST).asLong();
    List<StoredEvent> events = new ArrayList<>();
    for (JsonNode event : document.get(EVENTS)) {
      events.add(read(conversation, sequence++, event));
    }
    return events;
  }

  /** The sequence in the commit that was sent so, or -1. */
  static long sentAt(JsonNode document, String send) {
    JsonNode sends = document.path(SENDS);
    for (int i = 0; i < sends.size(); i++) {
      if (sends.get(i).asText().equals(send)) {
        return document.get(SENDS_AT).get(i).asLong();
      }
    }
    return -1;
  }

  /** The commit's events that mark the message. */
  static List<StoredEvent> marking(JsonNode document, long message) {
    List<StoredEvent> marking = new ArrayList<>();
    List<StoredEvent> events = events(document);
    long first = document.get(FIRST).asLong();
    JsonNode marks = document.path(MARKS);
    for (int i = 0; i < marks.size(); i++) {
      if (marks.get(i).asLong() == message) {
        marking.add(events.get((int) (document.get(MARKS_AT).get(i).asLong() - first)));
      }
    }
    return marking;
  }

  /** The document of a conversation's snapshot. */
  static ObjectNode snapshot(StoredEvent snapshot) {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put(ID, snapshot.aggregate());
    document.put(CONVERSATION, snapshot.aggregate());
    document.put(LAST, snapshot.sequence());
    document.set(SNAPSHOT, write(snapshot));
    return document;
  }

  static StoredEvent readSnapshot(JsonNode document) {
    return read(
        document.get(CONVERSATION).asText(), document.get(LAST).asLong(), document.get(SNAPSHOT));
  }

  private static ObjectNode write(StoredEvent event) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("type", event.type());
    putUnlessNull(json, "revision", event.revision());
    json.put("id", event.identifier());
    json.put("at", event.timestamp());
    putUnlessNull(json, "aggregateType", event.aggregateType());
    byte[] metaData = event.metaData();
    if (metaData != null) {
      json.put("metaData", text(metaData));
    }
    if (event.payload().length > PACKED_OVER) {
      json.put("packed", pack(event.payload()));
    } else {
      json.put("payload", text(event.payload()));
    }
    return json;
  }

  private static StoredEvent read(String conversation, long sequence, JsonNode json) {
    JsonNode metaData = json.get("metaData");
    JsonNode packed = json.get("packed");
    return new StoredEvent(
        conversation,
        sequence,
        textOrNull(json, "aggregateType"),
        json.get("type").asText(),
        textOrNull(json, "revision"),
        json.get("id").asText(),
        json.get("at").asLong(),
        metaData == null ? null : metaData.asText().getBytes(StandardCharsets.UTF_8),
        packed == null
            ? json.get("payload").asText().getBytes(StandardCharsets.UTF_8)
            : unpack(packed.asText()));
  }

  private static void putUnlessNull(ObjectNode json, String name, @Nullable String value) {
    if (value != null) {
      json.put(name, value);
    }
  }

  private static @Nullable String textOrNull(JsonNode json, String name) {
    JsonNode value = json.get(name);
    return value == null ? null : value.asText();
  }

  private static String text(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("the serializer must write UTF-8", e);
    }
  }

  private static String pack(byte[] bytes) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(packed)) {
      deflater.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Base64.getEncoder().encodeToString(packed.toByteArray());
  }

  private static byte[] unpack(String packed) {
    byte[] bytes = Base64.getDecoder().decode(packed);
    try (InflaterInputStream inflater = new InflaterInputStream(new ByteArrayInputStream(bytes))) {
      return inflater.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
