package io.confab.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.EncodedEvent;
import io.confab.events.EventType;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is kept, for how long, and in which order it comes out. Times in ns. */
class HotConversationsTest {
  private static final long MILLIS = 1_000_000;

  /** A JVM's clock may begin anywhere, below 0 too. */
  private static final long NOW = -150 * MILLIS;

  private final HotConversations hot = new HotConversations(100, Duration.ofMillis(250));

  private static EncodedEvent event(String conversation, long sequence, int bytes) {
    return new EncodedEvent(conversation, sequence, EventType.MESSAGE_SENT, new byte[bytes]);
  }

  private boolean keeps(String conversation, long sequence, long now) {
    return hot.keeps(event(conversation, sequence, 100), now, now);
  }

  @Test
  void keepsInOrderWhatComesInThePauseAndNothingAfterIt() {
    assertThat(keeps("c", 1, NOW)).isFalse();
    hot.delivered("c", 1_000, NOW);

    assertThat(keeps("other", 0, NOW + 1)).isFalse();
    assertThat(keeps("c", 2, NOW + 20 * MILLIS)).isTrue();
    assertThat(keeps("c", 3, NOW + 99 * MILLIS)).isTrue();
    assertThat(hot.due(NOW + 99 * MILLIS)).isNull();
    assertThat(hot.nanosToNext(NOW + 99 * MILLIS)).isEqualTo(MILLIS);

    HotConversations.Kept kept = hot.due(NOW + 100 * MILLIS);
    assertThat(kept.events()).extracting(EncodedEvent::sequence).containsExactly(2L, 3L);
    assertThat(kept.arrived()).isEqualTo(NOW + 20 * MILLIS);
    assertThat(hot.due(NOW + 100 * MILLIS)).isNull();
    assertThat(keeps("c", 4, NOW + 101 * MILLIS)).isFalse();
  }

  @Test
  void thePauseGrowsWithTheSessionsUpToItsBound() {
    hot.delivered("large", 25_000, NOW);
    hot.delivered("middle", 500, NOW);
    hot.delivered("small", 99, NOW);

    assertThat(keeps("small", 1, NOW)).isFalse();
    assertThat(hot.nanosToNext(NOW)).isEqualTo(50 * MILLIS);
    assertThat(hot.due(NOW + 50 * MILLIS).events()).isEmpty();
    assertThat(hot.nanosToNext(NOW)).isEqualTo(250 * MILLIS);
    assertThat(hot.due(NOW + 250 * MILLIS)).isNotNull();
    assertThat(hot.nanosToNext(NOW)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void keepsABoundedNumberOfBytes() {
    hot.delivered("c", 1_000, NOW);

    assertThat(hot.keeps(event("c", 1, 20 << 10), NOW, NOW)).isTrue();
    assertThat(hot.due(NOW)).isNull();
    assertThat(hot.keeps(event("c", 2, 12 << 10), NOW, NOW)).isTrue();
    assertThat(hot.due(NOW).events()).hasSize(2);
  }

  @Test
  void keepsNothingWithoutAPause() {
    HotConversations none = new HotConversations(100, Duration.ZERO);
    none.delivered("c", 1_000, NOW);
    assertThat(none.keeps(event("c", 1, 100), NOW, NOW)).isFalse();
    assertThat(none.nanosToNext(NOW)).isEqualTo(Long.MAX_VALUE);
  }
}
