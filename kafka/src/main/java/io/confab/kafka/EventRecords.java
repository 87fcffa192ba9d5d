package io.confab.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.EventType;
import io.confab.events.Kind;
import io.confab.events.MalformedEventException;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/** Events as records and back; the package says what a record holds. */
public final class EventRecords {
  private static final String TYPE = "type";
  private static final String SEQUENCE = "sequence";
  private static final String KIND = "kind";

  private EventRecords() {}

  /** The record of an event; its value is the envelope's array itself. */
  public static ProducerRecord<byte[], byte[]> encode(EncodedEvent event, Kind kind) {
    List<Header> headers =
        List.of(
            new RecordHeader(TYPE, event.type().wireName().getBytes(UTF_8)),
            new RecordHeader(SEQUENCE, Long.toString(event.sequence()).getBytes(UTF_8)),
            new RecordHeader(KIND, kind.wireName().getBytes(UTF_8)));
    return new ProducerRecord<>(
        KafkaTopics.of(kind),
        null,
        event.conversation().getBytes(UTF_8),
        event.envelope(),
        headers);
  }

  /**
   * The event of a record, from its key and headers: the envelope is not parsed.
   *
   * @throws UndecodableRecordException where it is none
   */
  public static EncodedEvent decode(ConsumerRecord<byte[], byte[]> record) {
    byte[] key = record.key();
    byte[] value = record.value();
    if (key == null || value == null) {
      throw new UndecodableRecordException(record, key == null ? "it has no key" : "it is empty");
    }
    EventType type = header(record, TYPE, EventType::ofWireName);
    return new EncodedEvent(
        new String(key, UTF_8), header(record, SEQUENCE, EventRecords::sequence), type, value);
  }

  /**
   * The envelope of a record, parsed.
   *
   * @throws UndecodableRecordException where it is none, or not the one that key and headers name
   */
  public static EventEnvelope envelope(ConsumerRecord<byte[], byte[]> record) {
    EncodedEvent event = decode(record);
    EventEnvelope envelope;
    try {
      envelope = EventJson.read(event.envelope());
    } catch (MalformedEventException e) {
      throw new UndecodableRecordException(record, e.getMessage());
    }
    if (!envelope.conversation().equals(event.conversation())
        || envelope.sequence() != event.sequence()) {
      throw new UndecodableRecordException(
          record,
          "its envelope is %s@%d, its key and header are %s@%d"
              .formatted(
                  envelope.conversation(),
                  envelope.sequence(),
                  event.conversation(),
                  event.sequence()));
    }
    return envelope;
  }

  /**
   * The time in a record's envelope: when the event was made. The record's own is that of the
   * mirror.
   *
   * @throws UndecodableRecordException where it is no event
   */
  static Instant at(ConsumerRecord<byte[], byte[]> record) {
    Instant at = EventJson.at(decode(record).envelope());
    if (at == null) {
      throw new UndecodableRecordException(record, "its envelope has no time");
    }
    return at;
  }

  /**
   * The kind of the conversation that the record belongs to.
   *
   * @throws UndecodableRecordException where it does not say so
   */
  public static Kind kind(ConsumerRecord<byte[], byte[]> record) {
    return header(record, KIND, Kind::ofWireName);
  }

  private static <T> T header(
      ConsumerRecord<byte[], byte[]> record, String name, Function<String, @Nullable T> reading) {
    Header header = record.headers().lastHeader(name);
    String text =
        header == null || header.value() == null ? null : new String(header.value(), UTF_8);
    T value = text == null ? null : reading.apply(text);
    if (value == null) {
      throw new UndecodableRecordException(record, "its header " + name + " is " + text);
    }
    return value;
  }

  private static @Nullable Long sequence(String text) {
    try {
      long sequence = Long.parseLong(text);
      return sequence < 0 ? null : sequence;
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
