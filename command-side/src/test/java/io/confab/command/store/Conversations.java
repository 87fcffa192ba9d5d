package io.confab.command.store;

import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.MessageContent;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.serialization.Serializer;
import org.axonframework.serialization.jackson3.Jackson3Serializer;

/** Events to append. */
final class Conversations {
  /** A second for each sequence, from here on. */
  static final Instant START = Instant.parse("2026-11-24T09:00:00Z");

  private Conversations() {}

  static Serializer serializer() {
    return new EnvelopeSerializer(Jackson3Serializer.builder().build());
  }

  /** What alice, who sends them all, calls the message of that sequence. */
  static String clientMessageId(long sequence) {
    return "m" + sequence;
  }

  /** One message with that body. */
  static DomainEventMessage<EventEnvelope> message(
      String conversation, long sequence, String body) {
    return new GenericDomainEventMessage<>(
        "Conversation",
        conversation,
        sequence,
        new EventEnvelope(
            conversation,
            sequence,
            START.plusSeconds(sequence),
            "alice",
            new MessageSent(sequence + 1, MessageContent.of(body, clientMessageId(sequence)))));
  }

  /** {@code count} messages from {@code first} on; each body is the message's place. */
  static List<DomainEventMessage<EventEnvelope>> messages(
      String conversation, long first, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> message(conversation, first + i, StoredEvent.place(conversation, first + i)))
        .toList();
  }

  /** The body in the bytes of such a message. */
  static String body(byte[] envelope) {
    return ((MessageSent) EventJson.read(envelope).event()).content().body();
  }
}
