package io.confab.edge;

import io.confab.events.EncodedEvent;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The frames of one event: built once for each subscription id and destination, and shared by the
 * sessions that use the same. Safe for many threads.
 */
final class SharedFrames {
  private final EncodedEvent event;
  private final int kept;
  private final Map<String, byte[]> others = new HashMap<>();
  private @Nullable String firstSubscription;
  private @Nullable String firstDestination;
  private byte @Nullable [] first;

  SharedFrames(EncodedEvent event) {
    this(event, Integer.MAX_VALUE);
  }

  /**
   * @param kept frames that are kept besides the first; one more is built for each who asks
   */
  SharedFrames(EncodedEvent event, int kept) {
    this.event = event;
    this.kept = kept;
  }

  EncodedEvent event() {
    return event;
  }

  synchronized byte[] of(String subscription, String destination) {
    byte[] frame = first;
    if (frame == null) {
      firstSubscription = subscription;
      firstDestination = destination;
      frame = StompFrames.message(subscription, destination, event);
      first = frame;
      return frame;
    }
    // Most sessions of a conversation run the same client, and so use the same id.
    if (subscription.equals(firstSubscription) && destination.equals(firstDestination)) {
      return frame;
    }
    String key = destination + "\n" + subscription;
    byte[] other = others.get(key);
    if (other == null) {
      other = StompFrames.message(subscription, destination, event);
      if (others.size() < kept) {
        others.put(key, other);
      }
    }
    return other;
  }
}
