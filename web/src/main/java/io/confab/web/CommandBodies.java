package io.confab.web;

import io.confab.events.Attachment;
import io.confab.events.CommandRejected;
import io.confab.events.Kind;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import io.confab.events.Role;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The bodies of commands, the same for HTTP and STOMP: UTF-8 JSON in, values out.
 *
 * <p>Checks the form only: what a field must be, not what the conversation makes of it. Bytes that
 * are not a JSON object, a field that is missing or of another JSON type are refused with {@code
 * malformed-request}; a word or number of the right type that is none of those allowed with {@code
 * invalid-value}. Each refusal names the field, what was sent and what was expected. Nothing is
 * converted: {@code "7"} is not a number. Unknown fields are ignored, and {@code null} counts as
 * missing.
 *
 * <p>All methods are safe for use by many threads.
 */
public final class CommandBodies {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
  private static final String TEXT = "a string";
  private static final String TEXTS = "an array of strings";
  private static final String NUMBER = "a whole number from 0 to " + Long.MAX_VALUE;

  private CommandBodies() {}

  /**
   * What starts a conversation.
   *
   * @param members as sent: unchecked, with the caller or without, perhaps one twice
   */
  public record NewConversation(Kind kind, @Nullable String title, List<String> members) {
    public NewConversation {
      members = List.copyOf(members);
    }
  }

  /** {@code {kind,title?,members[]}}. */
  public static NewConversation newConversation(byte[] json) {
    JsonNode body = object(json);
    String name = text(body, "kind");
    Kind kind = Kind.ofWireName(name);
    if (kind == null) {
      throw invalid("kind is unknown", name, "direct, group or channel");
    }
    return new NewConversation(kind, optionalText(body, "title"), texts(body, "members", true));
  }

  /** {@code {title}}. */
  public static String title(byte[] json) {
    return text(object(json), "title");
  }

  /** {@code {members[]}}. */
  public static List<String> members(byte[] json) {
    return texts(object(json), "members", true);
  }

  /** {@code {role}}. */
  public static Role role(byte[] json) {
    String name = text(object(json), "role");
    Role role = Role.ofWireName(name);
    if (role == null) {
      throw invalid("role is unknown", name, "owner or member");
    }
    return role;
  }

  /**
   * {@code {body,clientMessageId?,mentions?,attachments?}}. With attachments the body may be left
   * out and is then empty.
   */
  public static MessageContent message(byte[] json) {
    JsonNode object = object(json);
    List<Attachment> attachments = attachments(object);
    String body = optionalText(object, "body");
    if (body == null && attachments.isEmpty()) {
      throw missing("body", TEXT);
    }
    return new MessageContent(
        body == null ? "" : body,
        optionalText(object, "clientMessageId"),
        texts(object, "mentions", false),
        attachments);
  }

  /** The {@code {body}} of an edit. */
  public static String editedBody(byte[] json) {
    return text(object(json), "body");
  }

  /** {@code {emoji}}. */
  public static String emoji(byte[] json) {
    return text(object(json), "emoji");
  }

  /** The {@code {upTo}} of a read marker: a sequence. */
  public static long upTo(byte[] json) {
    return number(object(json), "upTo");
  }

  /** The {@code {status}} that a session chooses; which words there are is not looked at. */
  public static String status(byte[] json) {
    return text(object(json), "status");
  }

  /** {@code {typing?}}, which no body at all stands for too: true unless it says false. */
  public static boolean typing(byte[] json) {
    JsonNode value = json.length == 0 ? null : present(object(json), "typing");
    if (value != null && !value.isBoolean()) {
      throw wrongType("typing", value, "true or false");
    }
    return value == null || value.booleanValue();
  }

  /**
   * A message's sequence as it stands in a path or destination: decimal digits only.
   *
   * @throws CommandRejected {@code invalid-value} where it is not one
   */
  public static long sequence(String text) {
    if (!text.isEmpty()
        && text.length() <= 19
        && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      try {
        return Long.parseLong(text);
      } catch (NumberFormatException beyondLong) {
        // of 19 digits, some are above the greatest long: refused below
      }
    }
    throw invalid("The message's sequence is not a number", text, NUMBER);
  }

  private static JsonNode object(byte[] json) {
    JsonNode node;
    try {
      node = MAPPER.readTree(json);
    } catch (JacksonException e) {
      throw malformed("The body is not JSON" + place(e.getLocation()), null, "a JSON object");
    }
    if (node == null || !node.isObject()) {
      throw malformed("The body is not a JSON object", node, "a JSON object");
    }
    return node;
  }

  /** Where it stopped being JSON; the parser's own words speak of its classes. */
  private static String place(@Nullable TokenStreamLocation location) {
    return location == null
        ? ""
        : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
  }

  private static List<Attachment> attachments(JsonNode object) {
    List<Attachment> attachments = new ArrayList<>();
    for (JsonNode item : array(object, "attachments", "an array of objects", false)) {
      if (!item.isObject()) {
        throw wrongType("attachments", item, "an array of objects");
      }
      attachments.add(
          new Attachment(
              text(item, "name"),
              text(item, "mediaType"),
              number(item, "size"),
              text(item, "url")));
    }
    return attachments;
  }

  private static List<String> texts(JsonNode object, String field, boolean required) {
    List<String> texts = new ArrayList<>();
    for (JsonNode item : array(object, field, TEXTS, required)) {
      if (!item.isString()) {
        throw wrongType(field, item, TEXTS);
      }
      texts.add(item.stringValue());
    }
    return texts;
  }

  private static Iterable<JsonNode> array(
      JsonNode object, String field, String expected, boolean required) {
    JsonNode value = present(object, field);
    if (value == null) {
      if (required) {
        throw missing(field, expected);
      }
      return List.of();
    }
    if (!value.isArray()) {
      throw wrongType(field, value, expected);
    }
    return value;
  }

  private static String text(JsonNode object, String field) {
    String text = optionalText(object, field);
    if (text == null) {
      throw missing(field, TEXT);
    }
    return text;
  }

  private static @Nullable String optionalText(JsonNode object, String field) {
    JsonNode value = present(object, field);
    if (value == null) {
      return null;
    }
    if (!value.isString()) {
      throw wrongType(field, value, TEXT);
    }
    return value.stringValue();
  }

  private static long number(JsonNode object, String field) {
    JsonNode value = present(object, field);
    if (value == null) {
      throw missing(field, NUMBER);
    }
    if (!value.isIntegralNumber()) {
      throw wrongType(field, value, NUMBER);
    }
    if (!value.canConvertToLong() || value.longValue() < 0) {
      throw invalid(field + " is out of range", value, NUMBER);
    }
    return value.longValue();
  }

  private static @Nullable JsonNode present(JsonNode object, String field) {
    JsonNode value = object.get(field);
    return value == null || value.isNull() ? null : value;
  }

  private static CommandRejected missing(String field, String expected) {
    return malformed(field + " is missing", null, field + ": " + expected);
  }

  private static CommandRejected wrongType(String field, JsonNode value, String expected) {
    return malformed(field + " has the wrong type", value, field + ": " + expected);
  }

  private static CommandRejected malformed(
      String detail, @Nullable Object value, String expectation) {
    return new CommandRejected(RejectionCode.MALFORMED_REQUEST, detail, value, expectation);
  }

  private static CommandRejected invalid(String detail, Object value, String expectation) {
    return new CommandRejected(RejectionCode.INVALID_VALUE, detail, value, expectation);
  }
}
