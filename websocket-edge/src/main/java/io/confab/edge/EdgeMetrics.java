package io.confab.edge;

import io.confab.events.EncodedEvent;
import io.confab.events.EventJson;
import io.confab.events.RejectionCode;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What the edge counts: {@code confab.edge.*} and what it drops of typing. */
final class EdgeMetrics {
  private final MeterRegistry registry;
  private final AtomicInteger sessions = new AtomicInteger();
  private final AtomicInteger subscriptions = new AtomicInteger();
  private final Counter delivered;
  private final Counter sends;
  private final Counter repaired;
  private final Counter joinsFound;
  private final Counter looksFailed;
  private final Counter typingDropped;
  private final Timer fanOut;
  private final Timer delivery;

  EdgeMetrics(MeterRegistry registry) {
    this.registry = registry;
    registry.gauge("confab.edge.sessions", sessions);
    registry.gauge("confab.edge.subscriptions", subscriptions);
    delivered =
        Counter.builder("confab.edge.delivered")
            .description("events handed to a session, once for each subscription")
            .register(registry);
    sends = Counter.builder("confab.edge.sends").description("SENDs received").register(registry);
    repaired =
        Counter.builder("confab.edge.repaired")
            .description("holes that the feed left and that were read from the log")
            .register(registry);
    joinsFound =
        Counter.builder("confab.edge.inbox.found")
            .description(
                "conversations that an inbox's user had joined without the feed's saying so")
            .register(registry);
    looksFailed =
        Counter.builder("confab.edge.inbox.failures")
            .description("looks for such conversations that failed")
            .register(registry);
    typingDropped =
        Counter.builder("confab.presence.typing.dropped")
            .description("signs of typing that came too often to be passed on")
            .register(registry);
    fanOut =
        Timer.builder("confab.edge.fanout")
            .description(
                "from a batch's arrival to its last hand-over to a socket, with the pause of a hot"
                    + " conversation")
            .publishPercentileHistogram()
            .register(registry);
    delivery =
        Timer.builder("confab.edge.delivery")
            .description(
                "from an event's own time to its hand-over to the last socket, of the first event"
                    + " of each batch; the difference of the clocks is in it")
            .serviceLevelObjectives(
                Duration.ofMillis(10),
                Duration.ofMillis(25),
                Duration.ofMillis(50),
                Duration.ofMillis(100),
                Duration.ofMillis(250),
                Duration.ofMillis(500),
                Duration.ofSeconds(1),
                Duration.ofSeconds(5))
            .register(registry);
  }

  void opened() {
    sessions.incrementAndGet();
  }

  void closed(int code) {
    sessions.decrementAndGet();
    registry.counter("confab.edge.closed", "code", Integer.toString(code)).increment();
  }

  void subscribed(int change) {
    subscriptions.addAndGet(change);
  }

  void delivered(long events) {
    delivered.increment(events);
  }

  void sent() {
    sends.increment();
  }

  void rejected(RejectionCode code) {
    registry.counter("confab.edge.rejected", "code", code.code()).increment();
  }

  void repaired() {
    repaired.increment();
  }

  void foundJoin() {
    joinsFound.increment();
  }

  void lookFailed() {
    looksFailed.increment();
  }

  void typingDropped() {
    typingDropped.increment();
  }

  /**
   * @param nanos since the batch came
   * @param first of its events
   */
  void fannedOut(long nanos, EncodedEvent first) {
    fanOut.record(nanos, TimeUnit.NANOSECONDS);
    Instant at = EventJson.at(first.envelope());
    if (at != null) {
      delivery.record(Duration.between(at, Instant.now()));
    }
  }
}
