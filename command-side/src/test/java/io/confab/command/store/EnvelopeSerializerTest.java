package io.confab.command.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import java.nio.charset.StandardCharsets;
import org.axonframework.messaging.MetaData;
import org.axonframework.serialization.SerializationException;
import org.axonframework.serialization.SerializedObject;
import org.axonframework.serialization.Serializer;
import org.axonframework.serialization.SimpleSerializedObject;
import org.junit.jupiter.api.Test;

class EnvelopeSerializerTest {
  private final Serializer serializer = Conversations.serializer();
  private final EventEnvelope envelope = Conversations.message("a", 0, "hello").getPayload();

  @Test
  void anEnvelopeIsWrittenAsItTravelsUnderItsNameInTheTable() {
    SerializedObject<byte[]> written = serializer.serialize(envelope, byte[].class);
    assertThat(written.getData()).isEqualTo(EventJson.write(envelope));
    assertThat(written.getType().getName()).isEqualTo("MessageSent");
    assertThat(written.getType().getRevision()).isNull();
    assertThat(serializer.classForType(written.getType())).isEqualTo(EventEnvelope.class);
    assertThat(serializer.<byte[], EventEnvelope>deserialize(written)).isEqualTo(envelope);
  }

  @Test
  void anEnvelopeIsWrittenInOtherRepresentations() {
    SerializedObject<String> written = serializer.serialize(envelope, String.class);
    assertThat(written.getData())
        .isEqualTo(new String(EventJson.write(envelope), StandardCharsets.UTF_8));
    assertThat(serializer.<String, EventEnvelope>deserialize(written)).isEqualTo(envelope);
  }

  @Test
  void allElseIsLeftToTheOtherSerializer() {
    MetaData metaData = MetaData.with("trace", "7");
    SerializedObject<byte[]> written = serializer.serialize(metaData, byte[].class);
    assertThat(serializer.<byte[], MetaData>deserialize(written)).isEqualTo(metaData);
    assertThat(serializer.classForType(written.getType())).isEqualTo(MetaData.class);
  }

  @Test
  void bytesThatAreNoEnvelopeAreANamedError() {
    assertThatThrownBy(
            () ->
                serializer.deserialize(
                    new SimpleSerializedObject<>(
                        new byte[] {'{', '}'}, byte[].class, "MessageSent", null)))
        .isInstanceOf(SerializationException.class)
        .hasMessageStartingWith("a stored event is not an envelope: ");
  }
}
