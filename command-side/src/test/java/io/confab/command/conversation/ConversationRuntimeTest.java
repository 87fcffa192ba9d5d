package io.confab.command.conversation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.confab.command.bus.CommandRuntime;
import io.confab.command.bus.CommandSettings;
import io.confab.command.store.EnvelopeSerializer;
import io.confab.command.store.RocksDbEventStorageEngine;
import io.confab.command.store.StoreSettings;
import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.AddReaction;
import io.confab.events.ConversationCommand.DeleteMessage;
import io.confab.events.ConversationCommand.EditMessage;
import io.confab.events.ConversationCommand.PinMessage;
import io.confab.events.ConversationCommand.RemoveReaction;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationCommand.SendReply;
import io.confab.events.ConversationCommand.StartConversation;
import io.confab.events.Kind;
import io.confab.events.Limits;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.axonframework.eventhandling.DomainEventMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real conversation on the real bus over the real store, as they stand in the product. */
@Timeout(60)
class ConversationRuntimeTest {
  private static final String CHANNEL = "c-1";
  private static final Instant FIRST = Instant.parse("2026-11-24T09:00:00Z");
  private static final Instant LATER = Instant.parse("2026-11-24T10:00:00Z");
  private static final int MANY = 5_000;
  private static final String THUMB = "👍";

  @TempDir Path directory;
  private RocksDbEventStorageEngine store;
  private CommandRuntime runtime;

  @BeforeEach
  void start() {
    start(1 << 30);
    done(new StartConversation(CHANNEL, "alice", FIRST, Kind.CHANNEL, "News", List.of("bob")));
  }

  private void start(long cacheWeight) {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    store =
        RocksDbEventStorageEngine.open(
            directory,
            new EnvelopeSerializer(new ConversationSnapshotSerializer()),
            StoreSettings.DEFAULT,
            meters);
    runtime =
        CommandRuntime.start(
            Conversation.class,
            store,
            new CommandSettings(2, 2 * MANY, Duration.ofSeconds(30), cacheWeight, 500),
            meters,
            Limits.DEFAULT,
            new LogMessageLookup(store, store::barrier));
  }

  @AfterEach
  void stop() {
    runtime.close();
    store.close();
  }

  private void restart() {
    stop();
    start(1 << 30);
  }

  private static SendMessage send(String by, Instant at, String id) {
    return new SendMessage(CHANNEL, by, at, MessageContent.of("body of " + id, id));
  }

  private CommandResult done(ConversationCommand command) {
    return runtime.send(command).orTimeout(30, TimeUnit.SECONDS).join();
  }

  private RejectionCode refusal(ConversationCommand command) {
    Throwable failure = catchThrowable(() -> runtime.send(command).get(30, TimeUnit.SECONDS));
    assertThat(failure).hasCauseInstanceOf(CommandRejected.class);
    return ((CommandRejected) failure.getCause()).code();
  }

  /** Messages of alice's, none of which waits for the one before. */
  private List<CompletableFuture<CommandResult>> sendMany() {
    List<CompletableFuture<CommandResult>> answers = new ArrayList<>(MANY);
    for (int i = 0; i < MANY; i++) {
      answers.add(runtime.send(send("alice", FIRST, "a" + i)));
    }
    return answers;
  }

  private void fill() {
    sendMany().forEach(CompletableFuture::join);
  }

  private static CommandResult appended(long sequence, Instant at) {
    return new CommandResult(CHANNEL, sequence, at, true);
  }

  private static CommandResult before(long sequence, Instant at) {
    return new CommandResult(CHANNEL, sequence, at, false);
  }

  @Test
  void aResendIsKnownHoweverLongAgoTheFirstWas() {
    assertThat(done(send("bob", FIRST, "k1"))).isEqualTo(appended(1, FIRST));
    assertThat(done(send("bob", LATER, "k1"))).isEqualTo(before(1, FIRST));
    fill();
    assertThat(done(send("bob", LATER, "k1"))).isEqualTo(before(1, FIRST));

    restart();
    assertThat(done(send("bob", LATER, "k1"))).isEqualTo(before(1, FIRST));
    assertThat(done(send("alice", LATER, "a" + (MANY - 1)))).isEqualTo(before(MANY + 1, FIRST));
    assertThat(done(send("alice", LATER, "k1"))).isEqualTo(appended(MANY + 2, LATER));
    assertThat(store.head(CHANNEL)).isEqualTo(MANY + 2);
  }

  @Test
  void aResendBehindMoreThanIsKeptIsKnownWhileAllOfItIsInFlight() {
    CompletableFuture<CommandResult> first = runtime.send(send("bob", FIRST, "k1"));
    List<CompletableFuture<CommandResult>> others = sendMany();
    CompletableFuture<CommandResult> again = runtime.send(send("bob", LATER, "k1"));
    assertThat(again.orTimeout(30, TimeUnit.SECONDS).join()).isEqualTo(before(1, FIRST));
    assertThat(first.join()).isEqualTo(appended(1, FIRST));
    for (int i = 0; i < MANY; i++) {
      assertThat(others.get(i).join().sequence()).isEqualTo(2 + i);
    }
  }

  @Test
  void aResendIsKnownToAConversationThatWasEvicted() {
    stop();
    start(1);
    done(new StartConversation("c-2", "alice", FIRST, Kind.CHANNEL, "Other", List.of("bob")));
    for (int i = 0; i < 10; i++) {
      assertThat(done(send("bob", FIRST, "k" + i))).isEqualTo(appended(1 + i, FIRST));
      done(new SendMessage("c-2", "bob", FIRST, MessageContent.of("x", "k" + i)));
      assertThat(done(send("bob", LATER, "k0"))).isEqualTo(before(1, FIRST));
    }
  }

  @Test
  void oldMessagesAreRepliedToEditedAndMarkedAsNewOnesAre() {
    done(send("bob", FIRST, "k1"));
    done(new AddReaction(CHANNEL, "alice", FIRST, 1, THUMB));
    fill();
    restart();

    long head = store.head(CHANNEL);
    assertThat(done(new AddReaction(CHANNEL, "alice", LATER, 1, THUMB)))
        .isEqualTo(before(head, LATER));
    assertThat(done(new AddReaction(CHANNEL, "bob", LATER, 1, THUMB)))
        .isEqualTo(appended(head + 1, LATER));
    assertThat(done(new RemoveReaction(CHANNEL, "alice", LATER, 1, THUMB)))
        .isEqualTo(appended(head + 2, LATER));
    assertThat(done(new EditMessage(CHANNEL, "bob", LATER, 1, "another body")))
        .isEqualTo(appended(head + 3, LATER));
    assertThat(refusal(new EditMessage(CHANNEL, "alice", LATER, 1, "hers")))
        .isEqualTo(RejectionCode.NOT_THE_AUTHOR);
    assertThat(done(new SendReply(CHANNEL, "alice", LATER, 1, MessageContent.of("late", "r1"))))
        .isEqualTo(appended(head + 4, LATER));
    assertThat(done(new PinMessage(CHANNEL, "alice", LATER, 1)))
        .isEqualTo(appended(head + 5, LATER));
    assertThat(done(new DeleteMessage(CHANNEL, "bob", LATER, 1)))
        .isEqualTo(appended(head + 6, LATER));
    assertThat(refusal(new AddReaction(CHANNEL, "bob", LATER, 1, THUMB)))
        .isEqualTo(RejectionCode.MESSAGE_DELETED);
    assertThat(refusal(new AddReaction(CHANNEL, "bob", LATER, 2, THUMB)))
        .as("that is the first reaction, not a message")
        .isEqualTo(RejectionCode.UNKNOWN_MESSAGE);
    assertThat(done(send("bob", LATER, "k1")))
        .as("a deleted message is not sent again")
        .isEqualTo(before(1, FIRST));
  }

  @Test
  void aSnapshotAndTheEventsBehindItAreTheConversationAsItWas() {
    done(send("bob", FIRST, "k1"));
    done(new AddReaction(CHANNEL, "alice", FIRST, 1, THUMB));
    done(send("bob", FIRST, "k2"));
    done(new DeleteMessage(CHANNEL, "bob", FIRST, 3));
    fill();
    AtomicInteger more = new AtomicInteger();
    await()
        .atMost(Duration.ofSeconds(50))
        .until(
            () -> {
              // A snapshot that is due while the one before is being made is left out; the next is
              // not.
              for (int i = 0; i < 200; i++) {
                done(send("bob", FIRST, "more" + more.incrementAndGet()));
              }
              return store
                  .readSnapshot(CHANNEL)
                  .map(DomainEventMessage::getSequenceNumber)
                  .filter(sequence -> sequence > RecentMessages.CAPACITY)
                  .isPresent();
            });
    done(new PinMessage(CHANNEL, "bob", FIRST, 1));

    long head = store.head(CHANNEL);
    for (int i = 0; i < 2; i++) {
      restart();
      assertThat(done(send("bob", LATER, "k1"))).isEqualTo(before(1, FIRST));
      assertThat(done(send("alice", LATER, "a" + MANY / 2))).isEqualTo(before(5 + MANY / 2, FIRST));
      assertThat(done(new PinMessage(CHANNEL, "alice", LATER, 1))).isEqualTo(before(head, LATER));
      assertThat(done(new AddReaction(CHANNEL, "alice", LATER, 1, THUMB)))
          .isEqualTo(before(head, LATER));
      assertThat(refusal(new PinMessage(CHANNEL, "alice", LATER, 3)))
          .isEqualTo(RejectionCode.MESSAGE_DELETED);
      assertThat(refusal(send("mallory", LATER, "k1"))).isEqualTo(RejectionCode.NOT_A_MEMBER);
    }
    assertThat(store.head(CHANNEL)).isEqualTo(head);
  }
}
