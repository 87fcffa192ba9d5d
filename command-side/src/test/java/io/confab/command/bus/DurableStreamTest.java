package io.confab.command.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.eventsourcing.eventstore.inmemory.InMemoryEventStorageEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class DurableStreamTest {
  private final Signal durable = new Signal();
  private Runnable behindTheNextLook = () -> {};

  private final InMemoryEventStorageEngine engine =
      new InMemoryEventStorageEngine() {
        @Override
        public Stream<? extends TrackedEventMessage<?>> readEvents(
            TrackingToken token, boolean mayBlock) {
          List<? extends TrackedEventMessage<?>> found = super.readEvents(token, false).toList();
          Runnable task = behindTheNextLook;
          behindTheNextLook = () -> {};
          task.run();
          return found.stream();
        }
      };

  private void append(long sequence) {
    List<EventMessage<?>> events =
        List.of(new GenericDomainEventMessage<>("type", "c-1", sequence, "event " + sequence));
    engine.appendEvents(events);
    durable.raise();
  }

  @Test
  void whatBecomesDurableBetweenTheLookAndTheWaitIsHeardAtOnce() throws Exception {
    DurableStream stream = new DurableStream(engine, null, durable);
    behindTheNextLook = () -> append(0);
    assertThat(stream.hasNextAvailable(1, TimeUnit.HOURS)).isTrue();
    behindTheNextLook = () -> append(1);
    assertThat(stream.nextAvailable().getPayload()).isEqualTo("event 0");
    assertThat(stream.nextAvailable().getPayload()).isEqualTo("event 1");
  }

  @Test
  void whoWaitsIsWoken() throws Exception {
    DurableStream stream = new DurableStream(engine, null, durable);
    Thread writer = new Thread(() -> append(0));
    behindTheNextLook = writer::start;
    assertThat(stream.nextAvailable().getPayload()).isEqualTo("event 0");
    writer.join();
  }

  @Test
  void eachEventComesOnceAndInOrderFromBehindTheToken() throws Exception {
    append(0);
    TrackingToken first = engine.createHeadToken();
    append(1);
    append(2);
    DurableStream stream = new DurableStream(engine, first, durable);
    assertThat(stream.peek().orElseThrow().getPayload()).isEqualTo("event 1");
    assertThat(stream.nextAvailable().getPayload()).isEqualTo("event 1");
    append(3);
    assertThat(stream.nextAvailable().getPayload()).isEqualTo("event 2");
    assertThat(stream.nextAvailable().getPayload()).isEqualTo("event 3");
    assertThat(stream.hasNextAvailable(0, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(stream.hasNextAvailable(1, TimeUnit.MILLISECONDS)).isFalse();
  }
}
