package io.confab.services;

import io.confab.events.CommandRejected;
import io.confab.events.EncodedEvent;
import io.confab.events.RejectionCode;
import io.confab.kafka.IncompleteLogException;
import io.confab.kafka.KafkaLog;
import io.confab.kafka.KafkaSettings;
import io.confab.query.EventReplay;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Replays what Kafka has of the log, in {@link KafkaLog}'s order, with a consumer for each replay.
 * Reads from the beginning whatever the range is, because a record's time is that of the mirror.
 */
final class KafkaReplay implements EventReplay {
  private final KafkaSettings settings;

  KafkaReplay(KafkaSettings settings) {
    this.settings = settings;
  }

  @Override
  public Replay open(@Nullable Instant since, @Nullable Instant until) {
    try {
      return new Reading(KafkaLog.open(settings), since, until);
    } catch (IncompleteLogException e) {
      throw incomplete(e);
    } catch (KafkaException e) {
      throw new CommandRejected(
          RejectionCode.UNAVAILABLE, "Kafka does not answer; try again", null, null);
    }
  }

  private static CommandRejected incomplete(IncompleteLogException e) {
    return new CommandRejected(
        RejectionCode.CONFLICT,
        "Kafka has not the whole log: " + e.getMessage(),
        null,
        "every event from the first on");
  }

  private static final class Reading implements Replay {
    private final KafkaLog log;
    private final @Nullable Instant since;
    private final @Nullable Instant until;
    private final Deque<EncodedEvent> chunk = new ArrayDeque<>();

    Reading(KafkaLog log, @Nullable Instant since, @Nullable Instant until) {
      this.log = log;
      this.since = since;
      this.until = until;
    }

    @Override
    public @Nullable EncodedEvent next() {
      while (chunk.isEmpty()) {
        List<KafkaLog.Entry> entries = read();
        if (entries == null) {
          return null;
        }
        for (KafkaLog.Entry entry : entries) {
          if (holds(entry.at())) {
            chunk.add(entry.event());
          }
        }
      }
      return chunk.poll();
    }

    private @Nullable List<KafkaLog.Entry> read() {
      try {
        return log.read();
      } catch (IncompleteLogException e) {
        throw incomplete(e);
      }
    }

    private boolean holds(Instant at) {
      return (since == null || !at.isBefore(since)) && (until == null || at.isBefore(until));
    }

    @Override
    public void close() {
      log.close();
    }
  }
}
