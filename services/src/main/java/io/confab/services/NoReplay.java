package io.confab.services;

import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import io.confab.query.EventReplay;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The log of all conversations is not read here; to send again later would not help. */
final class NoReplay implements EventReplay {

  @Override
  public Replay open(@Nullable Instant since, @Nullable Instant until) {
    throw new CommandRejected(
        RejectionCode.UNKNOWN_PATH,
        "A cluster does not replay all conversations over HTTP: read the topics in Kafka",
        null,
        null);
  }
}
