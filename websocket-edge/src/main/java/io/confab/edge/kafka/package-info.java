/**
 * The edge's feed in a cluster: channels over Kafka, the rest from what routers push. No consumer
 * group: an edge assigns itself exactly the partitions of {@code confab.channels} that hold
 * channels with subscribers here, from their end on, because every edge must see every event of its
 * channels, and none that it has no use for. What an edge misses in between it reads from the log,
 * by sequence; so no position is kept anywhere.
 */
@NullMarked
package io.confab.edge.kafka;

import org.jspecify.annotations.NullMarked;
