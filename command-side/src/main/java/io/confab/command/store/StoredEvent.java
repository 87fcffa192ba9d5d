package io.confab.command.store;

import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.eventhandling.GenericTrackedDomainEventMessage;
import org.axonframework.eventhandling.GenericTrackedEventMessage;
import org.axonframework.eventhandling.GlobalSequenceTrackingToken;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.messaging.MetaData;
import org.axonframework.serialization.LazyDeserializingObject;
import org.axonframework.serialization.SerializedMessage;
import org.axonframework.serialization.SerializedMetaData;
import org.axonframework.serialization.SerializedObject;
import org.axonframework.serialization.Serializer;
import org.axonframework.serialization.SimpleSerializedObject;
import org.jspecify.annotations.Nullable;

/**
 * An event or snapshot as the store holds it, and its record in bytes; the layout is written down
 * in the package's documentation.
 *
 * <p>An event that belongs to no aggregate is the only one of a stream named after its identifier,
 * and has no aggregate type.
 *
 * @param timestamp milliseconds since the epoch
 * @param metaData as the serializer wrote it, or null where there is none
 * @param payload as the serializer wrote it; shared, so nobody may write to it
 */
@SuppressWarnings("ArrayRecordComponent") // shared, never compared
record StoredEvent(
    String aggregate,
    long sequence,
    @Nullable String aggregateType,
    String type,
    @Nullable String revision,
    String identifier,
    long timestamp,
    byte @Nullable [] metaData,
    byte[] payload) {

  private static final byte FORMAT = 1;
  private static final int INDEX_AT = 1;
  private static final int FIXED = 1 + Long.BYTES + Long.BYTES + 4 * Short.BYTES + Integer.BYTES;
  private static final int NO_TEXT = 0xFFFF;

  /** Serializes the message with {@code serializer}, on the caller's thread. */
  static StoredEvent of(EventMessage<?> message, Serializer serializer) {
    SerializedObject<byte[]> payload = serializer.serialize(message.getPayload(), byte[].class);
    MetaData metaData = message.getMetaData();
    byte[] metaDataBytes =
        metaData.isEmpty() ? null : serializer.serialize(metaData, byte[].class).getData();
    String aggregate = message.getIdentifier();
    long sequence = 0;
    String aggregateType = null;
    if (message instanceof DomainEventMessage<?> event) {
      aggregate = event.getAggregateIdentifier();
      sequence = event.getSequenceNumber();
      aggregateType = event.getType();
    }
    Instant timestamp = message.getTimestamp();
    if (message.getPayload() instanceof EventEnvelope envelope) {
      if (!envelope.conversation().equals(aggregate) || envelope.sequence() != sequence) {
        throw new IllegalArgumentException(
            "envelope "
                + place(envelope.conversation(), envelope.sequence())
                + " in an event that is "
                + place(aggregate, sequence));
      }
      timestamp = envelope.at();
    }
    return new StoredEvent(
        aggregate,
        sequence,
        aggregateType,
        payload.getType().getName(),
        payload.getType().getRevision(),
        message.getIdentifier(),
        timestamp.toEpochMilli(),
        metaDataBytes,
        payload.getData());
  }

  /** The record, with a global index of 0 until {@link #putIndex} sets it. */
  byte[] encode() {
    byte[] typeBytes = bytes(type);
    byte[] revisionBytes = revision == null ? null : bytes(revision);
    byte[] identifierBytes = bytes(identifier);
    byte[] aggregateTypeBytes = aggregateType == null ? null : bytes(aggregateType);
    int metaDataLength = metaData == null ? 0 : metaData.length;
    ByteBuffer record =
        ByteBuffer.allocate(
            FIXED
                + length(typeBytes)
                + length(revisionBytes)
                + length(identifierBytes)
                + length(aggregateTypeBytes)
                + metaDataLength
                + payload.length);
    record.put(FORMAT).putLong(0).putLong(timestamp);
    putText(record, typeBytes);
    putText(record, revisionBytes);
    putText(record, identifierBytes);
    putText(record, aggregateTypeBytes);
    record.putInt(metaDataLength);
    if (metaData != null) {
      record.put(metaData);
    }
    return record.put(payload).array();
  }

  /** Sets the global index in the record. */
  static void putIndex(byte[] record, long index) {
    ByteBuffer.wrap(record).putLong(INDEX_AT, index);
  }

  /** The global index in the record. */
  static long index(byte[] record) {
    return ByteBuffer.wrap(record).getLong(INDEX_AT);
  }

  /** What {@link #encode()} made of the event at that place. */
  static StoredEvent decode(String aggregate, long sequence, byte[] bytes) {
    ByteBuffer record = ByteBuffer.wrap(bytes);
    byte format = record.get();
    if (format != FORMAT) {
      throw new IllegalStateException(
          place(aggregate, sequence) + " has format " + format + ", known is " + FORMAT);
    }
    record.position(INDEX_AT + Long.BYTES);
    long timestamp = record.getLong();
    String type = getText(record);
    String revision = getText(record);
    String identifier = getText(record);
    String aggregateType = getText(record);
    if (type == null || identifier == null) {
      throw new IllegalStateException(place(aggregate, sequence) + " has no type or identifier");
    }
    byte[] metaData = null;
    int metaDataLength = record.getInt();
    if (metaDataLength > 0) {
      metaData = new byte[metaDataLength];
      record.get(metaData);
    }
    byte[] payload = new byte[record.remaining()];
    record.get(payload);
    return new StoredEvent(
        aggregate,
        sequence,
        aggregateType,
        type,
        revision,
        identifier,
        timestamp,
        metaData,
        payload);
  }

  /**
   * The event as it travels.
   *
   * @throws IllegalStateException where its type is not in the table: written by a newer version
   */
  EncodedEvent encoded() {
    EventType known = EventType.ofWireName(type);
    if (known == null) {
      throw new IllegalStateException(
          place(aggregate, sequence) + " is a '" + type + "', which this version does not know");
    }
    return new EncodedEvent(aggregate, sequence, known, payload);
  }

  /** The event as Axon's message; payload and metadata are read when they are asked for. */
  DomainEventMessage<?> message(Serializer serializer) {
    Instant at = Instant.ofEpochMilli(timestamp);
    return new GenericDomainEventMessage<>(
        aggregateType, aggregate, sequence, serialized(serializer), () -> at);
  }

  /** The event as Axon's message with its place in the log of all. */
  TrackedEventMessage<?> message(Serializer serializer, long index) {
    TrackingToken token = new GlobalSequenceTrackingToken(index);
    Instant at = Instant.ofEpochMilli(timestamp);
    return aggregateType == null
        ? new GenericTrackedEventMessage<>(token, serialized(serializer), () -> at)
        : new GenericTrackedDomainEventMessage<>(
            token, aggregateType, aggregate, sequence, serialized(serializer), () -> at);
  }

  private SerializedMessage<Object> serialized(Serializer serializer) {
    LazyDeserializingObject<MetaData> lazyMetaData =
        metaData == null
            ? new LazyDeserializingObject<>(MetaData.emptyInstance())
            : new LazyDeserializingObject<>(
                new SerializedMetaData<>(metaData, byte[].class), serializer);
    return new SerializedMessage<>(
        identifier,
        new LazyDeserializingObject<>(
            new SimpleSerializedObject<>(payload, byte[].class, type, revision), serializer),
        lazyMetaData);
  }

  static String place(String aggregate, long sequence) {
    return aggregate + "@" + sequence;
  }

  private static byte[] bytes(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length >= NO_TEXT) {
      throw new IllegalArgumentException(
          "a name of " + bytes.length + " bytes, may be at most " + (NO_TEXT - 1));
    }
    return bytes;
  }

  private static int length(byte @Nullable [] bytes) {
    return bytes == null ? 0 : bytes.length;
  }

  private static void putText(ByteBuffer record, byte @Nullable [] text) {
    if (text == null) {
      record.putShort((short) NO_TEXT);
    } else {
      record.putShort((short) text.length).put(text);
    }
  }

  private static @Nullable String getText(ByteBuffer record) {
    int length = record.getShort() & 0xFFFF;
    if (length == NO_TEXT) {
      return null;
    }
    byte[] text = new byte[length];
    record.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }
}
