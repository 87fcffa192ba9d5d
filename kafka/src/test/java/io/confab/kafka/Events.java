package io.confab.kafka;

import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.EventLog;
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A log that is the same in every process that makes one: as many conversations as are asked for,
 * every third of which is a channel, take turns; the first event of each starts it. It ends where
 * it is told to, and can grow.
 */
public final class Events implements MirroredLog, EventLog {
  private static final Instant AT = Instant.parse("2026-11-24T09:30:00Z");

  private final int conversations;
  private volatile long events;

  public Events(int conversations, long events) {
    this.conversations = conversations;
    this.events = events;
  }

  public void grow(long by) {
    synchronized (this) {
      events += by;
      notifyAll();
    }
  }

  static String conversation(long number) {
    return "c-" + number;
  }

  static Kind kind(String conversation) {
    return Long.parseLong(conversation.substring(2)) % 3 == 0 ? Kind.CHANNEL : Kind.GROUP;
  }

  public static EncodedEvent event(String conversation, long sequence) {
    ConversationEvent event =
        sequence == 0
            ? new ConversationStarted(
                kind(conversation), "title", List.of(new Member("alice", Role.OWNER)))
            : new MessageSent(sequence, MessageContent.of("message " + sequence));
    return encoded(conversation, sequence, event);
  }

  static EncodedEvent encoded(String conversation, long sequence, ConversationEvent event) {
    EventEnvelope envelope = new EventEnvelope(conversation, sequence, AT, "alice", event);
    return new EncodedEvent(conversation, sequence, envelope.type(), EventJson.write(envelope));
  }

  @Override
  public long last() {
    return events - 1;
  }

  @Override
  public List<EncodedEvent> read(long from, int limit) {
    List<EncodedEvent> read = new ArrayList<>();
    for (long index = from; index < Math.min(events, from + limit); index++) {
      read.add(event(conversation(index % conversations), index / conversations));
    }
    return read;
  }

  @Override
  public synchronized boolean await(long beyond, Duration patience) throws InterruptedException {
    if (last() <= beyond) {
      wait(patience.toMillis());
    }
    return last() > beyond;
  }

  @Override
  public long head(String conversation) {
    long number = Long.parseLong(conversation.substring(2));
    return (events - number + conversations - 1) / conversations - 1;
  }

  @Override
  public List<EncodedEvent> read(String conversation, long from, int limit) {
    List<EncodedEvent> read = new ArrayList<>();
    for (long sequence = from;
        sequence <= Math.min(head(conversation), from + limit - 1);
        sequence++) {
      read.add(event(conversation, sequence));
    }
    return read;
  }
}
