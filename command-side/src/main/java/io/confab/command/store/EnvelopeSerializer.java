package io.confab.command.store;

import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.EventType;
import io.confab.events.MalformedEventException;
import org.axonframework.serialization.Converter;
import org.axonframework.serialization.SerializationException;
import org.axonframework.serialization.SerializedObject;
import org.axonframework.serialization.SerializedType;
import org.axonframework.serialization.Serializer;
import org.axonframework.serialization.SimpleSerializedObject;
import org.jspecify.annotations.Nullable;

/**
 * Writes an {@link EventEnvelope} as the bytes that travel ({@link EventJson}), under the name that
 * the event has in the table of types ({@link EventType}) and not that of a class. Everything else
 * (snapshots, metadata, tokens) is left to another serializer.
 */
public final class EnvelopeSerializer implements Serializer {
  private final Serializer others;

  /**
   * @param others for all that is not an envelope; its type names must not be in the table of types
   */
  public EnvelopeSerializer(Serializer others) {
    this.others = others;
  }

  @Override
  public <T> SerializedObject<T> serialize(
      @Nullable Object object, Class<T> expectedRepresentation) {
    if (!(object instanceof EventEnvelope envelope)) {
      return others.serialize(object, expectedRepresentation);
    }
    T bytes = getConverter().convert(EventJson.write(envelope), expectedRepresentation);
    return new SimpleSerializedObject<>(
        bytes, expectedRepresentation, envelope.type().wireName(), null);
  }

  @Override
  public <T> boolean canSerializeTo(Class<T> expectedRepresentation) {
    return others.canSerializeTo(expectedRepresentation);
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as in the interface
  public <S, T> @Nullable T deserialize(SerializedObject<S> serializedObject) {
    if (!isEnvelope(serializedObject.getType())) {
      return others.deserialize(serializedObject);
    }
    byte[] bytes = getConverter().convert(serializedObject, byte[].class).getData();
    try {
      return (T) EventJson.read(bytes);
    } catch (MalformedEventException e) {
      throw new SerializationException("a stored event is not an envelope: " + e.getMessage(), e);
    }
  }

  @Override
  @SuppressWarnings("rawtypes") // as in the interface
  public Class classForType(SerializedType type) {
    return isEnvelope(type) ? EventEnvelope.class : others.classForType(type);
  }

  @Override
  @SuppressWarnings("rawtypes") // as in the interface
  public SerializedType typeForClass(@Nullable Class type) {
    return others.typeForClass(type);
  }

  @Override
  public Converter getConverter() {
    return others.getConverter();
  }

  private static boolean isEnvelope(SerializedType type) {
    return EventType.ofWireName(type.getName()) != null;
  }
}
