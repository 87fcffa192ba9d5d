package io.confab.command.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.command.bus.CommandRuntime;
import io.confab.command.bus.CommandSettings;
import io.confab.command.store.CosmosEventStorageEngine;
import io.confab.command.store.EnvelopeSerializer;
import io.confab.command.store.StoreSettings;
import io.confab.cosmos.CosmosConnection;
import io.confab.cosmos.CosmosSettings;
import io.confab.cosmos.LocalCosmos;
import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand.AddMembers;
import io.confab.events.ConversationCommand.AddReaction;
import io.confab.events.ConversationCommand.RemoveMember;
import io.confab.events.ConversationCommand.RemoveReaction;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationCommand.StartConversation;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EncodedEvent;
import io.confab.events.EventJson;
import io.confab.events.Kind;
import io.confab.events.Limits;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Command-sides over one Cosmos DB: two that get commands for the same conversation at once, and
 * one that has no answer.
 */
@Timeout(120)
class CosmosCommandSidesTest {
  private static final String CHANNEL = "c-1";
  private static final Instant AT = Instant.parse("2026-11-24T09:00:00Z");
  private static final int MESSAGES = 40;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  private final class CommandSide implements AutoCloseable {
    final CosmosEventStorageEngine engine;
    final CommandRuntime runtime;

    CommandSide(CosmosConnection connection) {
      this(connection, Duration.ofSeconds(60));
    }

    CommandSide(CosmosConnection connection, Duration timeout) {
      engine =
          CosmosEventStorageEngine.open(
              connection,
              new EnvelopeSerializer(new ConversationSnapshotSerializer()),
              StoreSettings.DEFAULT,
              meters);
      runtime =
          CommandRuntime.start(
              Conversation.class,
              engine,
              new CommandSettings(2, 1_000, timeout, 1 << 30, 20),
              meters,
              Limits.DEFAULT,
              new LogMessageLookup(engine, engine::barrier));
    }

    /** Sends all messages, five at a time, each again as a client would until it is taken. */
    void sendAll(String name, Map<String, CommandResult> acknowledged) {
      for (int first = 0; first < MESSAGES; first += 5) {
        List<String> open = new ArrayList<>();
        for (int i = first; i < first + 5; i++) {
          open.add(name + i);
        }
        while (!open.isEmpty()) {
          Map<String, CompletableFuture<CommandResult>> answers = new HashMap<>();
          open.forEach(id -> answers.put(id, runtime.send(message(id))));
          answers.forEach(
              (id, answer) -> {
                try {
                  acknowledged.put(id, answer.join());
                  open.remove(id);
                } catch (CompletionException e) {
                  // The first that came too late has a conflict; those that were built on it are
                  // unavailable where that happens to them each time.
                  assertThat(((CommandRejected) e.getCause()).code())
                      .isIn(RejectionCode.CONFLICT, RejectionCode.UNAVAILABLE);
                }
              });
        }
      }
    }

    @Override
    public void close() {
      runtime.close();
      engine.close();
    }
  }

  private static SendMessage message(String id) {
    return new SendMessage(CHANNEL, "alice", AT, MessageContent.of("body of " + id, id));
  }

  @Test
  void whatOneHasWrittenTheOtherGoesByAlsoWhereItAppendsNothing() {
    try (CosmosConnection connection =
            CosmosConnection.open(LocalCosmos.shared().settings(), meters);
        CommandSide one = new CommandSide(connection);
        CommandSide two = new CommandSide(connection)) {
      String channel = "c-2";
      one.runtime
          .send(new StartConversation(channel, "alice", AT, Kind.CHANNEL, "News", List.of("bob")))
          .join();
      MessageContent hello = MessageContent.of("hello", "m-1");
      long message = two.runtime.send(new SendMessage(channel, "bob", AT, hello)).join().sequence();
      two.runtime.send(new AddReaction(channel, "bob", AT, message, "👍")).join();
      one.runtime.send(new AddMembers(channel, "alice", AT, List.of("carol"))).join();
      one.runtime.send(new RemoveReaction(channel, "bob", AT, message, "👍")).join();

      assertThat(
              two.runtime.send(new AddReaction(channel, "bob", AT, message, "👍")).join().created())
          .isTrue();
      one.runtime.send(new RemoveMember(channel, "alice", AT, "carol")).join();
      one.runtime.send(new AddMembers(channel, "alice", AT, List.of("carol"))).join();
      MessageContent there = MessageContent.of("and I", "m-2");
      assertThat(two.runtime.send(new SendMessage(channel, "carol", AT, there)).join().created())
          .isTrue();
    }
  }

  @Test
  void nothingIsDoubledAndNothingIsMissing() throws InterruptedException {
    Map<String, CommandResult> acknowledged = new ConcurrentHashMap<>();
    try (CosmosConnection connection =
            CosmosConnection.open(LocalCosmos.shared().settings(), meters);
        CommandSide one = new CommandSide(connection);
        CommandSide two = new CommandSide(connection)) {
      one.runtime
          .send(new StartConversation(CHANNEL, "alice", AT, Kind.CHANNEL, "News", List.of("bob")))
          .join();
      Thread first = new Thread(() -> one.sendAll("one-", acknowledged));
      Thread second = new Thread(() -> two.sendAll("two-", acknowledged));
      first.start();
      second.start();
      first.join();
      second.join();

      List<EncodedEvent> log = one.engine.read(CHANNEL, 0, 10_000);
      assertThat(log).hasSize(1 + 2 * MESSAGES);
      Map<String, Long> sent = new HashMap<>();
      for (int i = 1; i < log.size(); i++) {
        assertThat(log.get(i).sequence()).isEqualTo(i);
        MessageSent message = (MessageSent) EventJson.read(log.get(i).envelope()).event();
        assertThat(message.ordinal()).isEqualTo(i);
        sent.put(message.content().clientMessageId(), (long) i);
      }
      assertThat(sent).hasSize(2 * MESSAGES);
      assertThat(acknowledged).hasSize(2 * MESSAGES);
      acknowledged.forEach((id, ack) -> assertThat(ack.sequence()).isEqualTo(sent.get(id)));
      assertThat(meters.get("confab.store.conflicts").counter().count()).isPositive();

      CommandResult again = two.runtime.send(message("one-0")).join();
      assertThat(again.sequence()).isEqualTo(sent.get("one-0"));
      assertThat(two.engine.head(CHANNEL)).isEqualTo(2 * MESSAGES);
    }
  }

  @Test
  void aRequestWithoutAnAnswerIsReadBackBeforeTheCallerIsAnswered() {
    CosmosSettings defaults = LocalCosmos.shared().settings();
    CosmosSettings settings =
        new CosmosSettings(
            defaults.endpoint(),
            defaults.key(),
            defaults.database(),
            false,
            false,
            true,
            0,
            Duration.ofSeconds(3),
            Duration.ofSeconds(1),
            Duration.ZERO);
    try (CosmosConnection connection = CosmosConnection.open(settings, meters);
        CommandSide side = new CommandSide(connection, settings.settled())) {
      side.runtime
          .send(new StartConversation(CHANNEL, "alice", AT, Kind.CHANNEL, "News", List.of("bob")))
          .join();
      LocalCosmos.shared()
          .fault(
              "{\"kind\":\"stall\",\"on\":\"writes\",\"times\":1,\"database\":\"%s\"}"
                  .formatted(settings.database()));
      assertThat(side.runtime.send(message("m-1")).join().sequence()).isEqualTo(1);
      assertThat(meters.get("confab.store.readbacks").counter().count()).isEqualTo(1);
      assertThat(side.engine.head(CHANNEL)).isEqualTo(1);
    } finally {
      LocalCosmos.shared().heal();
    }
  }
}
