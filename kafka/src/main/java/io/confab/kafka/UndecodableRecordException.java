package io.confab.kafka;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record that is no event of ours. A projection stops there, because what it hides may be an
 * event; an edge counts it and goes on, because it has the log to read from. The message names its
 * topic, partition and offset.
 */
public final class UndecodableRecordException extends RuntimeException {
  UndecodableRecordException(ConsumerRecord<?, ?> record, @Nullable String reason) {
    super(
        "The record "
            + record.topic()
            + "-"
            + record.partition()
            + "@"
            + record.offset()
            + " is no event: "
            + reason);
  }
}
