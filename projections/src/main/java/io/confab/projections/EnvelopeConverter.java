package io.confab.projections;

import io.confab.events.EventEnvelope;
import io.confab.kafka.EventRecords;
import io.confab.kafka.UndecodableRecordException;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.GenericEventMessage;
import org.axonframework.extensions.kafka.eventhandling.KafkaMessageConverter;

/** Records of ours as Axon's messages, whose payload is the {@link EventEnvelope}. Reads only. */
final class EnvelopeConverter implements KafkaMessageConverter<byte[], byte[]> {

  /**
   * Never empty: the extension passes over what is empty, and what this cannot read must stop.
   *
   * @throws UndecodableRecordException where it cannot
   */
  @Override
  public Optional<EventMessage<?>> readKafkaMessage(ConsumerRecord<byte[], byte[]> record) {
    EventEnvelope envelope = EventRecords.envelope(record);
    return Optional.of(
        new GenericEventMessage<>(
            envelope.conversation() + "@" + envelope.sequence(),
            envelope,
            Map.of(),
            envelope.at()));
  }

  @Override
  public ProducerRecord<byte[], byte[]> createKafkaMessage(EventMessage<?> message, String topic) {
    throw new UnsupportedOperationException("events are written by the mirror");
  }
}
