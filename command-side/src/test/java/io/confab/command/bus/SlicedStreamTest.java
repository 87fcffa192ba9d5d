package io.confab.command.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.axonframework.eventhandling.GenericEventMessage;
import org.axonframework.eventhandling.GenericTrackedEventMessage;
import org.axonframework.eventhandling.GlobalSequenceTrackingToken;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingEventStream;
import org.junit.jupiter.api.Test;

/** An event whose wake-up was lost is found at the end of a slice, not of the whole wait. */
class SlicedStreamTest {
  private final List<Long> waits = new ArrayList<>();
  private boolean closed;

  /** Hears of its event only when it is asked for the third time. */
  private final TrackingEventStream deaf =
      new TrackingEventStream() {
        private final TrackedEventMessage<?> event =
            new GenericTrackedEventMessage<>(
                new GlobalSequenceTrackingToken(0), GenericEventMessage.asEventMessage("event"));

        @Override
        public Optional<TrackedEventMessage<?>> peek() {
          return waits.size() < 3 ? Optional.empty() : Optional.of(event);
        }

        @Override
        public boolean hasNextAvailable(int timeout, TimeUnit unit) {
          waits.add(unit.toNanos(timeout));
          return waits.size() >= 3;
        }

        @Override
        public TrackedEventMessage<?> nextAvailable() {
          return peek().orElseThrow();
        }

        @Override
        public void close() {
          closed = true;
        }
      };

  private final SlicedStream stream = new SlicedStream(deaf);

  @Test
  void aLongWaitIsCutIntoSlices() throws Exception {
    assertThat(stream.hasNextAvailable(1, TimeUnit.HOURS)).isTrue();
    assertThat(waits)
        .hasSize(3)
        .containsOnly(TimeUnit.MILLISECONDS.toNanos(SlicedStream.SLICE_MILLIS));
    assertThat(stream.peek()).isPresent();
  }

  @Test
  void theNextEventIsWaitedForInSlices() throws Exception {
    assertThat(stream.nextAvailable().getPayload()).isEqualTo("event");
    assertThat(waits)
        .hasSize(3)
        .containsOnly(TimeUnit.MILLISECONDS.toNanos(SlicedStream.SLICE_MILLIS));
  }

  @Test
  void noWaitIsOneLook() throws Exception {
    assertThat(stream.hasNextAvailable(0, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(waits).containsExactly(0L);
  }

  @Test
  void closingClosesAxonsStream() {
    stream.close();
    assertThat(closed).isTrue();
  }
}
