package io.confab.projections;

import io.confab.events.EventEnvelope;
import io.confab.views.ViewStore.Rebuild;
import java.time.Duration;
import java.util.List;

/** A rebuild that does what another does. */
abstract class ForwardingRebuild implements Rebuild {
  private final Rebuild rebuild;

  ForwardingRebuild(Rebuild rebuild) {
    this.rebuild = rebuild;
  }

  @Override
  public long position() {
    return rebuild.position();
  }

  @Override
  public void apply(List<EventEnvelope> events, long position) {
    rebuild.apply(events, position);
  }

  @Override
  public boolean holdLive(Duration atMost) {
    return rebuild.holdLive(atMost);
  }

  @Override
  public void letGo() {
    rebuild.letGo();
  }

  @Override
  public boolean switchOver() {
    return rebuild.switchOver();
  }

  @Override
  public void close() {
    rebuild.close();
  }
}
