package io.confab.command.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.events.Limits;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class LimitSettingsTest {
  private static Limits bound(Map<String, String> settings) {
    return new Binder(new MapConfigurationPropertySource(settings))
        .bindOrCreate("confab.limits", LimitSettings.class)
        .limits();
  }

  @Test
  void withoutSettingsTheLimitsAreTheProtocols() {
    assertThat(bound(Map.of())).isEqualTo(Limits.DEFAULT);
  }

  @Test
  void eachLimitIsASetting() {
    assertThat(
            bound(
                Map.of(
                    "confab.limits.body-bytes", "1",
                    "confab.limits.attachments", "2",
                    "confab.limits.mentions", "3",
                    "confab.limits.emoji-bytes", "4",
                    "confab.limits.title-characters", "5",
                    "confab.limits.group-members", "6",
                    "confab.limits.channel-members", "7")))
        .isEqualTo(new Limits(1, 2, 3, 4, 5, 6, 7));
  }

  @Test
  void aLimitBelowOneIsNamed() {
    assertThatThrownBy(() -> bound(Map.of("confab.limits.mentions", "0")))
        .hasMessageContaining("mentions is 0");
  }
}
