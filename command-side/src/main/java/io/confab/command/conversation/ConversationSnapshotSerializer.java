package io.confab.command.conversation;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.axonframework.messaging.MetaData;
import org.axonframework.serialization.ChainingConverter;
import org.axonframework.serialization.Converter;
import org.axonframework.serialization.SerializationException;
import org.axonframework.serialization.SerializedObject;
import org.axonframework.serialization.SerializedType;
import org.axonframework.serialization.Serializer;
import org.axonframework.serialization.SimpleSerializedObject;
import org.axonframework.serialization.SimpleSerializedType;
import org.axonframework.serialization.UnknownSerializedType;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes snapshots of conversations, and the meta data of messages, as UTF-8 JSON. Types are named
 * {@code Conversation} (revision: the snapshot's format) and {@code MetaData}, never by Java class.
 *
 * <p>A snapshot of another format is refused with {@link SerializationException}. A store that
 * deserialises in {@code readSnapshot} thereby has Axon ignore the snapshot and replay the log.
 * Safe for use by many threads.
 */
public final class ConversationSnapshotSerializer implements Serializer {
  private static final SerializedType CONVERSATION =
      new SimpleSerializedType(Conversation.TYPE, Integer.toString(ConversationSnapshot.FORMAT));
  private static final SerializedType META_DATA = new SimpleSerializedType("MetaData", null);
  private static final JsonMapper MAPPER = new JsonMapper();

  private final Converter converter = new ChainingConverter();

  @Override
  public <T> SerializedObject<T> serialize(@Nullable Object object, Class<T> representation) {
    SerializedType type = typeForClass(object == null ? null : object.getClass());
    byte[] json;
    try {
      if (object == null) {
        json = "null".getBytes(StandardCharsets.UTF_8);
      } else if (object instanceof Conversation conversation) {
        json = MAPPER.writeValueAsBytes(conversation.snapshot());
      } else if (object instanceof MetaData metaData) {
        json = MAPPER.writeValueAsBytes(Map.copyOf(metaData));
      } else {
        throw new SerializationException("neither a conversation nor meta data: " + type.getName());
      }
    } catch (JacksonException e) {
      throw new SerializationException("cannot write " + type.getName(), e);
    }
    return new SimpleSerializedObject<>(
        converter.convert(json, representation), representation, type);
  }

  @Override
  public <T> boolean canSerializeTo(Class<T> representation) {
    return converter.canConvert(byte[].class, representation);
  }

  /**
   * The object that was serialised; an {@link UnknownSerializedType} where the type is unknown.
   *
   * @throws SerializationException where the bytes are not what their type says, or a snapshot has
   *     another format
   */
  @Override
  @SuppressWarnings({
    "unchecked",
    "NullAway"
  }) // the type says what T is; null is how Axon says empty
  public <S, T> T deserialize(SerializedObject<S> serialized) {
    SerializedType type = serialized.getType();
    if (SerializedType.emptyType().equals(type)) {
      return null;
    }
    Class<?> javaType = classForType(type);
    if (javaType == UnknownSerializedType.class) {
      return (T) new UnknownSerializedType(this, serialized);
    }
    byte[] json = converter.convert(serialized, byte[].class).getData();
    try {
      return (T) (javaType == Conversation.class ? conversation(json) : metaData(json));
    } catch (JacksonException e) {
      throw new SerializationException("cannot read " + type.getName(), e);
    }
  }

  private static Conversation conversation(byte[] json) {
    ConversationSnapshot snapshot = MAPPER.readValue(json, ConversationSnapshot.class);
    if (snapshot.format() != ConversationSnapshot.FORMAT) {
      throw new SerializationException(
          "snapshot format "
              + snapshot.format()
              + ", this code reads "
              + ConversationSnapshot.FORMAT);
    }
    return Conversation.of(snapshot);
  }

  private static MetaData metaData(byte[] json) {
    return MetaData.from(MAPPER.readValue(json, new TypeReference<Map<String, Object>>() {}));
  }

  @Override
  public Class<?> classForType(SerializedType type) {
    if (SerializedType.emptyType().equals(type)) {
      return Void.class;
    }
    return switch (type.getName()) {
      case Conversation.TYPE -> Conversation.class;
      case "MetaData" -> MetaData.class;
      default -> UnknownSerializedType.class;
    };
  }

  @Override
  public SerializedType typeForClass(@Nullable Class type) {
    if (type == null || type == Void.class || type == void.class) {
      return SerializedType.emptyType();
    }
    if (type == Conversation.class) {
      return CONVERSATION;
    }
    return type == MetaData.class ? META_DATA : new SimpleSerializedType(type.getName(), null);
  }

  @Override
  public Converter getConverter() {
    return converter;
  }
}
