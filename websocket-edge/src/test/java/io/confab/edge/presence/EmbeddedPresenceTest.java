package io.confab.edge.presence;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;

class EmbeddedPresenceTest extends PresenceContract {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final EmbeddedPresence presence =
      new EmbeddedPresence(clock, PresenceSettings.DEFAULT, meters);

  @Override
  List<Presence> edges() {
    return List.of(presence);
  }

  @Override
  void settle() {}

  @Override
  int steps() {
    return 5_000;
  }

  @Test
  void countsWhoIsHereWhoWatchesAndWhatChanges() {
    Watch watch = presence.watch("ann", ignored -> {});
    Presence.Device device = presence.open("ann");
    presence.open("ann");
    device.choose(Status.BUSY);
    assertThat(meters.get("confab.presence.users").gauge().value()).isEqualTo(1);
    assertThat(meters.get("confab.presence.watches").gauge().value()).isEqualTo(1);
    assertThat(meters.get("confab.presence.changes").tag("status", "busy").counter().count())
        .isEqualTo(1);
    watch.close();
    assertThat(meters.get("confab.presence.watches").gauge().value()).isZero();
  }
}
