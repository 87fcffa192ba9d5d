package io.confab.edge;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.confab.edge.presence.Typing;
import io.confab.edge.presence.UserPresence;
import io.confab.events.CommandResult;
import io.confab.events.EncodedEvent;
import io.confab.web.Problem;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The frames that the server sends: each one WebSocket frame, header and all, ready to be written
 * to any session.
 */
final class StompFrames {
  /** Header of frames that answer a request. */
  static final String RECEIPT_ID = "receipt-id";

  private static final byte[] HEART_BEAT = {(byte) 0x81, 1, '\n'};
  private static final int FINAL = 0x80;
  private static final int TEXT = 0x1;
  private static final int PONG = 0xA;
  private static final byte[] NOTHING = {};
  private static final String JSON = "application/json";
  private static final JsonMapper MAPPER = new JsonMapper();

  private StompFrames() {}

  /** A line feed; the array is shared. */
  static byte[] heartBeat() {
    return HEART_BEAT;
  }

  /** The WebSocket answer to a ping. */
  static byte[] pong(ByteBuffer payload) {
    return webSocketFrame(PONG, payload.remaining()).put(payload).array();
  }

  static byte[] connected(String user, long heartBeatMillis) {
    StringBuilder head = new StringBuilder("CONNECTED\n");
    // Neither CONNECT nor CONNECTED escape: a user id holds nothing that would need it.
    head.append("version:1.2\nheart-beat:").append(heartBeatMillis).append(',');
    head.append(heartBeatMillis).append("\nuser-name:").append(user).append('\n');
    return frame(head, NOTHING);
  }

  /** An event for one subscription; the body is the envelope unchanged. */
  static byte[] message(String subscription, String destination, EncodedEvent event) {
    return message(
        subscription,
        destination,
        event.type().wireName(),
        event.conversation(),
        event.sequence(),
        event.envelope());
  }

  /**
   * Says that {@code from} to {@code to} are not replayed. Its {@code sequence} is {@code to}: a
   * client that keeps the last sequence it was given resumes behind the gap.
   */
  static byte[] historyGap(
      String subscription, String destination, String conversation, long from, long to) {
    byte[] body = ("{\"from\":" + from + ",\"to\":" + to + "}").getBytes(UTF_8);
    return message(subscription, destination, "HistoryGap", conversation, to, body);
  }

  /** A user's presence; {@code number} tells the messages of one subscription apart. */
  static byte[] presence(
      String subscription, String destination, long number, UserPresence presence) {
    return ofTheMoment(subscription, destination, number, "Presence", presence);
  }

  /** That a user is typing; {@code number} tells the messages of one subscription apart. */
  static byte[] typing(String subscription, String destination, long number, Typing.Signal typing) {
    return ofTheMoment(subscription, destination, number, "Typing", typing);
  }

  /** What is no event of the log: without {@code conversation} and {@code sequence}. */
  private static byte[] ofTheMoment(
      String subscription, String destination, long number, String type, Object body) {
    StringBuilder head = new StringBuilder(256).append("MESSAGE\n");
    header(head, "subscription", subscription);
    head.append("message-id:");
    escaped(head, subscription);
    head.append('@').append(number).append('\n');
    head.append("destination:").append(destination).append('\n');
    head.append("content-type:").append(JSON).append('\n');
    head.append("type:").append(type).append('\n');
    return frame(head, MAPPER.writeValueAsBytes(body));
  }

  private static byte[] message(
      String subscription,
      String destination,
      String type,
      String conversation,
      long sequence,
      byte[] body) {
    StringBuilder head = new StringBuilder(256).append("MESSAGE\n");
    header(head, "subscription", subscription);
    head.append("message-id:").append(conversation).append('@').append(sequence).append('\n');
    head.append("destination:").append(destination).append('\n');
    head.append("content-type:").append(JSON).append('\n');
    head.append("type:").append(type).append('\n');
    head.append("conversation:").append(conversation).append('\n');
    head.append("sequence:").append(sequence).append('\n');
    return frame(head, body);
  }

  /** Answers a SEND whose event is durable. */
  static byte[] receipt(String receiptId, CommandResult result) {
    return receipt(receiptId, result.conversation(), result.sequence());
  }

  static byte[] receipt(String receiptId, String conversation, long sequence) {
    StringBuilder head = new StringBuilder("RECEIPT\n");
    header(head, RECEIPT_ID, receiptId);
    header(head, "conversation", conversation);
    head.append("sequence:").append(sequence).append('\n');
    return frame(head, NOTHING);
  }

  /** Answers a SUBSCRIBE to a conversation. */
  static byte[] subscribed(String receiptId, long headSequence) {
    StringBuilder head = new StringBuilder("RECEIPT\n");
    header(head, RECEIPT_ID, receiptId);
    head.append("head:").append(headSequence).append('\n');
    return frame(head, NOTHING);
  }

  /** Answers what has nothing more to say than that it was done. */
  static byte[] receipt(String receiptId) {
    StringBuilder head = new StringBuilder("RECEIPT\n");
    header(head, RECEIPT_ID, receiptId);
    return frame(head, NOTHING);
  }

  /** A refusal that leaves the session open. */
  static byte[] rejection(
      String subscription, long number, @Nullable String receiptId, Problem problem) {
    StringBuilder head = new StringBuilder("MESSAGE\n");
    header(head, "subscription", subscription);
    head.append("message-id:rejection-").append(number).append('\n');
    head.append("destination:").append(Destinations.REJECTIONS).append('\n');
    problemHeaders(head, receiptId, problem);
    return frame(head, problem.json());
  }

  /** A refusal after which the session is closed. */
  static byte[] error(@Nullable String receiptId, Problem problem) {
    StringBuilder head = new StringBuilder("ERROR\n");
    header(head, "message", problem.detail());
    problemHeaders(head, receiptId, problem);
    return frame(head, problem.json());
  }

  private static void problemHeaders(
      StringBuilder head, @Nullable String receiptId, Problem problem) {
    head.append("content-type:").append(Problem.MEDIA_TYPE).append('\n');
    header(head, "code", problem.code());
    if (receiptId != null) {
      header(head, RECEIPT_ID, receiptId);
    }
  }

  private static void header(StringBuilder head, String name, String value) {
    head.append(name).append(':');
    escaped(head, value);
    head.append('\n');
  }

  private static void escaped(StringBuilder head, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> head.append("\\\\");
        case ':' -> head.append("\\c");
        case '\n' -> head.append("\\n");
        case '\r' -> head.append("\\r");
        case 0 -> head.append('\uFFFD');
        default -> head.append(c);
      }
    }
  }

  private static byte[] frame(StringBuilder head, byte[] body) {
    if (body.length > 0) {
      head.append("content-length:").append(body.length).append('\n');
    }
    byte[] headBytes = head.append('\n').toString().getBytes(UTF_8);
    return webSocketFrame(TEXT, headBytes.length + body.length + 1)
        .put(headBytes)
        .put(body)
        .array();
  }

  /** A frame with its header written (RFC 6455, 5.2: final, not masked) and its payload still 0. */
  private static ByteBuffer webSocketFrame(int opcode, int length) {
    int extended = length < 126 ? 0 : length <= 0xFFFF ? Short.BYTES : Long.BYTES;
    ByteBuffer frame = ByteBuffer.allocate(2 + extended + length);
    frame.put((byte) (FINAL | opcode));
    switch (extended) {
      case 0 -> frame.put((byte) length);
      case Short.BYTES -> frame.put((byte) 126).putShort((short) length);
      default -> frame.put((byte) 127).putLong(length);
    }
    return frame;
  }
}
