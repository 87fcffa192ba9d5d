package io.confab.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.events.EncodedEvent;
import io.confab.events.Kind;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class EventRecordsTest {
  private static final EncodedEvent EVENT = Events.event("c-7", 12);

  @Test
  void theTopicsNeverChange() {
    assertThat(KafkaTopics.CHANNELS).isEqualTo("confab.channels");
    assertThat(KafkaTopics.CHATS).isEqualTo("confab.chats");
    assertThat(MirrorPosition.GROUP).isEqualTo("confab.mirror");
  }

  @Test
  void theRecordNeverChanges() {
    ProducerRecord<byte[], byte[]> record = EventRecords.encode(EVENT, Kind.CHANNEL);
    assertThat(record.topic()).isEqualTo("confab.channels");
    assertThat(record.key()).asString(UTF_8).isEqualTo("c-7");
    assertThat(record.value()).isSameAs(EVENT.envelope());
    assertThat(record.partition()).isNull();
    assertThat(text(record.headers(), "type")).isEqualTo("MessageSent");
    assertThat(text(record.headers(), "sequence")).isEqualTo("12");
    assertThat(text(record.headers(), "kind")).isEqualTo("channel");
    assertThat(record.headers()).hasSize(3);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsWrittenIsRead(Kind kind) {
    ConsumerRecord<byte[], byte[]> record = record(kind, headers -> headers);
    EncodedEvent read = EventRecords.decode(record);
    assertThat(read.conversation()).isEqualTo(EVENT.conversation());
    assertThat(read.sequence()).isEqualTo(EVENT.sequence());
    assertThat(read.type()).isEqualTo(EVENT.type());
    assertThat(read.envelope()).isEqualTo(EVENT.envelope());
    assertThat(EventRecords.kind(record)).isEqualTo(kind);
    assertThat(record.topic())
        .isEqualTo(kind == Kind.CHANNEL ? KafkaTopics.CHANNELS : KafkaTopics.CHATS);
  }

  @ParameterizedTest
  @CsvSource({"type,", "type,Message", "sequence,", "sequence,x", "sequence,-1", "kind,", "kind,x"})
  void whatIsNoEventIsNamed(String header, String value) {
    ConsumerRecord<byte[], byte[]> record =
        record(
            Kind.GROUP,
            headers -> {
              headers.remove(header);
              return value == null ? headers : headers.add(header, value.getBytes(UTF_8));
            });
    assertThatThrownBy(
            () -> {
              EventRecords.decode(record);
              EventRecords.kind(record);
            })
        .isInstanceOf(UndecodableRecordException.class)
        .hasMessage(
            "The record confab.chats-3@99 is no event: its header " + header + " is " + value);
  }

  @Test
  void aRecordWithoutKeyOrValueIsNamed() {
    assertThatThrownBy(
            () -> EventRecords.decode(new ConsumerRecord<>("t", 0, 1, null, new byte[1])))
        .isInstanceOf(UndecodableRecordException.class)
        .hasMessageEndingWith("it has no key");
    assertThatThrownBy(
            () -> EventRecords.decode(new ConsumerRecord<>("t", 0, 1, new byte[1], null)))
        .isInstanceOf(UndecodableRecordException.class)
        .hasMessageEndingWith("it is empty");
  }

  private static ConsumerRecord<byte[], byte[]> record(Kind kind, UnaryOperator<Headers> change) {
    ProducerRecord<byte[], byte[]> sent = EventRecords.encode(EVENT, kind);
    return new ConsumerRecord<>(
        sent.topic(),
        3,
        99,
        0,
        TimestampType.CREATE_TIME,
        0,
        0,
        sent.key(),
        sent.value(),
        change.apply(new RecordHeaders(sent.headers())),
        Optional.empty());
  }

  private static String text(Headers headers, String name) {
    return new String(headers.lastHeader(name).value(), UTF_8);
  }
}
