package io.confab.edge.route;

import io.confab.events.MemberChanges;
import org.apache.kafka.common.TopicPartition;

/** An event to be published, and where it was read. */
record Routed(TopicPartition partition, long offset, RoutedEvent event) {

  /** Whether it adds members: then it must not be lost. */
  boolean adds() {
    return MemberChanges.adds(event.event().type());
  }
}
