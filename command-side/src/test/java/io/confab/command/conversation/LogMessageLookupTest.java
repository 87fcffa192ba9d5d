package io.confab.command.conversation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.command.store.MessageLog;
import io.confab.events.ConversationEvent;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.EncodedEvent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import io.confab.events.MessageContent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class LogMessageLookupTest {
  private final List<EventEnvelope> written = new ArrayList<>();
  private int durable;
  private int barriers;
  private final LogMessageLookup lookup =
      new LogMessageLookup(
          new MessageLog() {
            @Override
            public long head(String conversation) {
              return durable - 1;
            }

            @Override
            public List<EncodedEvent> read(String conversation, long from, int limit) {
              return written.subList(0, durable).stream()
                  .skip(from)
                  .limit(limit)
                  .map(LogMessageLookupTest::encoded)
                  .toList();
            }

            @Override
            public boolean knownDurable(String conversation, long sequence) {
              return sequence < durable;
            }

            @Override
            public long sent(
                String conversation, long before, String sender, String clientMessageId) {
              for (EventEnvelope e : written.subList(0, durable)) {
                if (e.sequence() < before
                    && e.event() instanceof MessageSent message
                    && e.by().equals(sender)
                    && clientMessageId.equals(message.content().clientMessageId())) {
                  return e.sequence();
                }
              }
              return -1;
            }

            @Override
            public List<EncodedEvent> marks(String conversation, long message) {
              return written.subList(0, durable).stream()
                  .filter(e -> e.event() instanceof ReactionAdded r && r.message() == message)
                  .map(LogMessageLookupTest::encoded)
                  .toList();
            }
          },
          conversation -> {
            barriers++;
            durable = written.size();
            return CompletableFuture.completedFuture(null);
          });

  private static EncodedEvent encoded(EventEnvelope e) {
    return new EncodedEvent(e.conversation(), e.sequence(), e.type(), EventJson.write(e));
  }

  private void write(ConversationEvent event) {
    written.add(new EventEnvelope("c-1", written.size(), Scenario.BEFORE, "bob", event));
  }

  @Test
  void readsADurableEventAtOnce() {
    write(new MessageSent(1, MessageContent.of("one")));
    durable = 1;

    assertThat(lookup.read("c-1", 0)).isEqualTo(written.get(0));
    assertThat(barriers).isZero();
  }

  @Test
  void waitsForAnEventThatIsQueued() {
    write(new MessageSent(1, MessageContent.of("one")));

    assertThat(lookup.read("c-1", 0)).isEqualTo(written.get(0));
    assertThat(barriers).isEqualTo(1);
  }

  @Test
  void behindTheHeadThereIsNothing() {
    assertThat(lookup.read("c-1", 0)).isNull();
  }

  @Test
  void waitsForMarksThatAreQueued() {
    write(new MessageSent(1, MessageContent.of("one")));
    write(new ReactionAdded(0, "👍"));
    write(new ReactionAdded(0, "🎉"));
    durable = 2;

    assertThat(lookup.marks("c-1", 0))
        .extracting(EventEnvelope::event)
        .containsExactly(new ReactionAdded(0, "👍"), new ReactionAdded(0, "🎉"));
    assertThat(barriers).isEqualTo(1);
  }

  @Test
  void findsASendAtOnceWhereAllBelowIsDurable() {
    write(new MessageSent(1, MessageContent.of("one", "k0")));
    write(new MessageSent(2, MessageContent.of("two", "k1")));
    durable = 1;

    assertThat(lookup.sentBefore("c-1", 1, "bob", "k0")).isZero();
    assertThat(lookup.sentBefore("c-1", 1, "carol", "k0")).isEqualTo(-1);
    assertThat(lookup.sentBefore("c-1", 1, "bob", "k1")).isEqualTo(-1);
    assertThat(barriers).isZero();
  }

  @Test
  void waitsForASendThatIsQueued() {
    write(new MessageSent(1, MessageContent.of("one", "k0")));
    write(new MessageSent(2, MessageContent.of("two", "k1")));
    durable = 1;

    assertThat(lookup.sentBefore("c-1", 2, "bob", "k1")).isEqualTo(1);
    assertThat(barriers).isEqualTo(1);
  }

  @Test
  void aSendThatTheConversationHasNotAppliedIsNone() {
    write(new MessageSent(1, MessageContent.of("one", "k0")));
    write(new MessageSent(2, MessageContent.of("two", "k1")));
    durable = 2;

    assertThat(lookup.sentBefore("c-1", 1, "bob", "k1")).isEqualTo(-1);
  }

  @Test
  void aFailureOfTheStoreIsNoAbsence() {
    LogMessageLookup failing =
        new LogMessageLookup(
            new MessageLog() {
              @Override
              public long head(String conversation) {
                return -1;
              }

              @Override
              public List<EncodedEvent> read(String conversation, long from, int limit) {
                return List.of();
              }

              @Override
              public boolean knownDurable(String conversation, long sequence) {
                return false;
              }

              @Override
              public long sent(
                  String conversation, long before, String sender, String clientMessageId) {
                return -1;
              }

              @Override
              public List<EncodedEvent> marks(String conversation, long message) {
                return List.of();
              }
            },
            conversation ->
                CompletableFuture.failedFuture(new IllegalStateException("disk is full")));

    assertThatThrownBy(() -> failing.read("c-1", 0))
        .isInstanceOf(CompletionException.class)
        .hasRootCauseMessage("disk is full");
    assertThatThrownBy(() -> failing.marks("c-1", 0)).isInstanceOf(CompletionException.class);
    assertThatThrownBy(() -> failing.sentBefore("c-1", 1, "bob", "k0"))
        .isInstanceOf(CompletionException.class);
  }
}
