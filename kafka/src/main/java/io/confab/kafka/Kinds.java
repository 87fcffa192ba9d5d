package io.confab.kafka;

import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.EncodedEvent;
import io.confab.events.EventJson;
import io.confab.events.EventLog;
import io.confab.events.EventType;
import io.confab.events.Kind;
import io.confab.events.MalformedEventException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What kind a conversation is of: as its first event says, which is read once and then remembered
 * for the {@value #REMEMBERED} conversations that were asked for last. Safe for use by many
 * threads.
 */
public final class Kinds {
  private static final int REMEMBERED = 100_000;

  private final EventLog log;
  private final Map<String, Kind> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Kind> eldest) {
          return size() > REMEMBERED;
        }
      };

  public Kinds(EventLog log) {
    this.log = log;
  }

  /**
   * The kind of the event's conversation.
   *
   * @throws RuntimeException as {@link #of(String)}
   */
  Kind of(EncodedEvent event) {
    return event.type() == EventType.CONVERSATION_STARTED
        ? remember(event)
        : of(event.conversation());
  }

  /**
   * The kind of that conversation.
   *
   * @throws IllegalStateException where the log has no such conversation
   * @throws MalformedEventException where its first event is damaged
   * @throws RuntimeException where the log cannot be read
   */
  public Kind of(String conversation) {
    Kind kind = known(conversation);
    if (kind != null) {
      return kind;
    }
    List<EncodedEvent> first = log.read(conversation, 0, 1);
    if (first.isEmpty()) {
      throw new IllegalStateException("the log has no beginning of " + conversation);
    }
    return remember(first.get(0));
  }

  private @Nullable Kind known(String conversation) {
    synchronized (known) {
      return known.get(conversation);
    }
  }

  private Kind remember(EncodedEvent first) {
    if (!(EventJson.read(first.envelope()).event() instanceof ConversationStarted started)) {
      throw new IllegalStateException(
          first.conversation() + " begins with " + first.type().wireName());
    }
    synchronized (known) {
      known.put(first.conversation(), started.kind());
    }
    return started.kind();
  }
}
