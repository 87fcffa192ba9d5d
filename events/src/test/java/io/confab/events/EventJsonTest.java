package io.confab.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventJsonTest {

  @ParameterizedTest
  @EnumSource
  void eachTypeHasAGoldenFile(EventType type) {
    assertThat(Golden.bytes(type)).as("golden/%s.json", type.wireName()).isNotNull();
    assertThat(Golden.envelope(type).type()).isEqualTo(type);
  }

  @ParameterizedTest
  @EnumSource
  void readsWhatWasAlwaysWritten(EventType type) {
    assertThat(EventJson.read(Golden.bytes(type))).isEqualTo(Golden.envelope(type));
  }

  @ParameterizedTest
  @EnumSource
  void writesWhatWasAlwaysWritten(EventType type) {
    assertThat(new String(EventJson.write(Golden.envelope(type)), StandardCharsets.UTF_8))
        .isEqualTo(new String(Golden.bytes(type), StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @EnumSource
  void readsTheTimeAlone(EventType type) {
    assertThat(EventJson.at(Golden.bytes(type))).isEqualTo(Golden.envelope(type).at());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{}", "{\"a\":{\"at\":1}", "{\"at\":7}", "{\"at\":\"now\"}"})
  void aDamagedEventHasNoTime(String json) {
    assertThat(EventJson.at(json.getBytes(StandardCharsets.UTF_8))).isNull();
  }

  @ParameterizedTest
  @EnumSource
  void ignoresFieldsThatItDoesNotKnow(EventType type) {
    String known = new String(Golden.bytes(type), StandardCharsets.UTF_8);
    String newer =
        known
            .replaceFirst("\\{", "{\"trace\":{\"a\":[1]},")
            .replace("\"data\":{", "\"data\":{\"later\":[{}],");

    assertThat(EventJson.read(newer.getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(Golden.envelope(type));
  }

  @Test
  void theTimeHasThreeDecimals() {
    assertThat(EventJson.format(java.time.Instant.parse("2026-11-24T09:30:00Z")))
        .isEqualTo("2026-11-24T09:30:00.000Z");
    assertThat(EventJson.format(java.time.Instant.parse("2026-11-24T09:30:00.123999Z")))
        .isEqualTo("2026-11-24T09:30:00.123Z");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "type":"MessageDeleted"          | "type":"MessageVanished"   | type 'MessageVanished' is not in the table of types
          "type":"MessageDeleted"          | "type":7                   | type is not a string
          "type":"MessageDeleted",         | ''                         | type is missing
          "sequence":20                    | "sequence":-1              | sequence is -1, below 0
          "sequence":20                    | "sequence":20.5            | sequence is not a whole number
          "sequence":20                    | "sequence":"20"            | sequence is not a whole number
          "sequence":20                    | "sequence":9223372036854775808 | sequence is not a whole number
          "at":"2026-11-24T09:30:00.123Z"  | "at":"yesterday"           | at 'yesterday' is not an instant
          "by":"bob"                       | "by":null                  | by is missing
          "data":{"message":18}            | "data":[]                  | data is not an object
          "data":{"message":18}            | "data":{}                  | message is not a whole number
          """)
  void saysWhatIsWrong(String right, String wrong, String message) {
    String golden = new String(Golden.bytes(EventType.MESSAGE_DELETED), StandardCharsets.UTF_8);
    assertThat(golden).contains(right);

    assertThatThrownBy(
            () -> EventJson.read(golden.replace(right, wrong).getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(MalformedEventException.class)
        .hasMessage(message);
  }
}
