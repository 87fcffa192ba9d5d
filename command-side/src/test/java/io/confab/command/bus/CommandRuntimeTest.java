package io.confab.command.bus;

import static io.confab.command.bus.Commands.AT;
import static io.confab.command.bus.Commands.bodies;
import static io.confab.command.bus.Commands.code;
import static io.confab.command.bus.Commands.digest;
import static io.confab.command.bus.Commands.message;
import static io.confab.command.bus.Commands.rejection;
import static io.confab.command.bus.Commands.result;
import static io.confab.command.bus.Commands.settings;
import static io.confab.command.bus.Commands.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand.PinMessage;
import io.confab.events.ConversationCommand.RemoveMember;
import io.confab.events.ConversationCommand.RenameConversation;
import io.confab.events.Limits;
import io.confab.events.RejectionCode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.axonframework.commandhandling.GenericCommandMessage;
import org.axonframework.common.stream.BlockingStream;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventsourcing.eventstore.EmbeddedEventStore;
import org.axonframework.eventsourcing.eventstore.EventStoreException;
import org.axonframework.modelling.command.ConcurrencyException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CommandRuntimeTest {
  private static final Limits LIMITS = new Limits(1000, 1, 1, 32, 200, 2, 2);
  private static final Duration LONG = Duration.ofSeconds(20);

  /** Longer than a machine with much to do stands still. */
  private static final Duration SHORT = Duration.ofSeconds(5);

  private static final long ROOM = 1_000_000;
  private static final long NO_ROOM = 1;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private FaultyEngine engine = new FaultyEngine();
  private final Gate gate = new Gate();
  private CommandRuntime runtime;

  @AfterEach
  void close() {
    engine.atOnce().commit();
    runtime.close();
  }

  /** A runtime with the conversation "c", all of it durable; from there on the disk is ours. */
  private void started(CommandSettings settings) {
    runtime = CommandRuntime.start(TestConversation.class, engine, settings, meters, LIMITS, gate);
    engine.atOnce();
    assertThat(result(runtime.send(start("c"))).sequence()).isZero();
    engine.byHand();
  }

  private void restarted(CommandSettings settings) {
    runtime.close();
    runtime = CommandRuntime.start(TestConversation.class, engine, settings, meters, LIMITS, gate);
  }

  private CompletableFuture<CommandResult> send(String id) {
    return runtime.send(message("c", "alice", id));
  }

  // Rule 1: what is said rests on what is durable.

  @Test
  void aResendIsNotAnsweredWhileTheFirstMayBeLost() throws Exception {
    started(settings(1, LONG, ROOM));
    CompletableFuture<CommandResult> first = send("m1");
    CompletableFuture<CommandResult> again = send("m1");
    CompletableFuture<CommandResult> next = send("m2");
    engine.awaitQueued(2); // the resend has been run, as the stripe came to what is behind it
    FaultyEngine after = engine.crash();

    assertThat(after.durable("c")).hasSize(1);
    assertThat(code(again)).isEqualTo(RejectionCode.UNAVAILABLE);
    assertThat(code(first)).isEqualTo(RejectionCode.UNAVAILABLE);
    assertThat(code(next)).isEqualTo(RejectionCode.UNAVAILABLE);
  }

  @Test
  void aResendIsAnsweredWithTheFirstOnceItIsDurable() throws Exception {
    started(settings(1, LONG, ROOM));
    CompletableFuture<CommandResult> first = send("m1");
    CompletableFuture<CommandResult> again = send("m1");
    engine.awaitQueued(1);
    engine.commit();

    assertThat(result(first)).isEqualTo(new CommandResult("c", 1, AT, true));
    assertThat(result(again)).isEqualTo(new CommandResult("c", 1, AT, false));
  }

  @Test
  void aRejectionIsTakenBackWithTheEventItRestedOn() throws Exception {
    started(settings(1, LONG, ROOM));
    CompletableFuture<CommandResult> removed =
        runtime.send(new RemoveMember("c", "alice", AT, "bob"));
    CompletableFuture<CommandResult> rejected = runtime.send(message("c", "bob", "m1"));
    CompletableFuture<CommandResult> last = send("m2");
    engine.awaitQueued(2);
    engine.fail(new EventStoreException("disk"));
    engine.awaitQueued(1);
    engine.commit();

    assertThat(code(removed)).isEqualTo(RejectionCode.UNAVAILABLE);
    assertThat(code(rejected)).isEqualTo(RejectionCode.UNAVAILABLE);
    assertThat(result(last).sequence()).isEqualTo(1);
    engine.atOnce();
    assertThat(result(runtime.send(message("c", "bob", "m1"))).sequence()).isEqualTo(2);
  }

  @Test
  void aResendThatBeginsAsTheFirstFailsIsNotAnsweredFromMemory() throws Exception {
    started(settings(1, LONG, ROOM));
    CompletableFuture<CommandResult> first = send("m1");
    engine.awaitQueued(1);
    engine.beforeNextCommand(() -> engine.fail(new EventStoreException("disk")));
    CompletableFuture<CommandResult> again = send("m1");

    assertThat(code(first)).isEqualTo(RejectionCode.UNAVAILABLE);
    assertThat(code(again)).isEqualTo(RejectionCode.UNAVAILABLE);
    engine.atOnce();
    assertThat(result(send("m1"))).isEqualTo(new CommandResult("c", 1, AT, true));
    assertThat(bodies(engine.durable("c"))).containsExactly("m1");
  }

  @Test
  void theLogIsAskedOnceForAllResendsThatHadComeByThen() {
    started(settings(1, LONG, ROOM));
    engine.atOnce();
    for (int i = 0; i < 5; i++) {
      result(send("m" + i));
    }
    gate.hold("holds");
    CompletableFuture<CommandResult> holds = send("holds");
    gate.awaitReached();
    List<CompletableFuture<CommandResult>> again = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      again.add(send("m" + i));
    }
    int before = engine.asked();
    gate.open();
    result(holds);
    for (int i = 0; i < 5; i++) {
      assertThat(result(again.get(i)).sequence()).isEqualTo(1 + i);
    }
    assertThat(engine.asked()).isEqualTo(before + 1);
    result(send("m0"));
    assertThat(engine.asked()).as("what came later").isEqualTo(before + 2);
  }

  @Test
  void anAnswerThatAppendsNothingRestsOnAllOfTheLogBesideAnAppendThatHangs() throws Exception {
    started(settings(1, LONG, ROOM));
    engine.atOnce();
    result(runtime.send(start("d")));
    engine.byHand();
    CompletableFuture<CommandResult> hangs = runtime.send(message("d", "alice", "d1"));
    CompletableFuture<CommandResult> durable = send("m1");
    engine.awaitQueued(2);
    engine.commit("c");
    assertThat(result(durable).sequence()).isEqualTo(1);
    engine.foreign("c", "foreign");
    int before = engine.asked();
    CompletableFuture<CommandResult> refused = runtime.send(new PinMessage("c", "alice", AT, 0));
    while (engine.asked() == before && !refused.isDone()) {
      Thread.onSpinWait();
    }
    engine.commit("d");

    assertThat(rejection(refused)).hasMessage(TestConversation.fold(engine.durable("c")).digest());
    assertThat(result(hangs).sequence()).isEqualTo(1);
  }

  // Rule 2: a failed append takes with it what was built on it.

  @Test
  void aFailedAppendLeavesNoHoleAndNothingOfItself() throws Exception {
    started(settings(1, LONG, ROOM));
    CompletableFuture<CommandResult> first = send("m1");
    CompletableFuture<CommandResult> second = send("m2");
    engine.awaitQueued(2);
    engine.fail(new EventStoreException("disk"));
    engine.awaitQueued(1);
    engine.commit();

    assertThat(code(first)).isEqualTo(RejectionCode.UNAVAILABLE);
    assertThat(result(second).sequence()).isEqualTo(1);
    engine.atOnce();
    assertThat(result(send("m1")).sequence()).isEqualTo(2);
    assertThat(bodies(engine.durable("c"))).containsExactly("m2", "m1");
    assertThat(digest(runtime, "c")).isEqualTo(TestConversation.fold(engine.durable("c")).digest());
  }

  @Test
  void aCommandThatIsRunningWhileAnAppendFailsIsRefusedByItsEpoch() throws Exception {
    started(settings(1, LONG, ROOM));
    CompletableFuture<CommandResult> first = send("m1");
    engine.awaitQueued(1);
    gate.hold("m2");
    CompletableFuture<CommandResult> second = send("m2");
    gate.awaitReached(); // on a state that has m1 in it
    engine.fail(new EventStoreException("disk"));
    gate.open();
    engine.awaitQueued(1);
    engine.commit();

    assertThat(code(first)).isEqualTo(RejectionCode.UNAVAILABLE);
    assertThat(result(second).sequence()).isEqualTo(1);
    assertThat(engine.epoch()).as("it was never queued behind a hole").isEqualTo(1);
  }

  @Test
  void whereTheStoreIsolatesFailuresAnAppendThatHangsHoldsUpNoOtherConversation() throws Exception {
    engine = new FaultyEngine(true);
    started(settings(1, LONG, ROOM));
    assertThat(result(startedToo("d")).sequence()).isZero();
    CompletableFuture<CommandResult> hangs = runtime.send(message("d", "alice", "m0"));
    engine.foreign("c", "f0");
    CompletableFuture<CommandResult> first = send("m1");
    CompletableFuture<CommandResult> second = send("m2");
    engine.awaitQueued(3);
    engine.fail("c", new ConcurrencyException("the sequence is taken"));
    engine.awaitQueued(3); // both once more
    engine.commit("c");

    assertThat(List.of(result(first).sequence(), result(second).sequence()))
        .containsExactly(2L, 3L);
    assertThat(hangs).isNotDone();
    engine.commit();
    assertThat(result(hangs).sequence()).isEqualTo(1);
    assertThat(digest(runtime, "c")).isEqualTo(TestConversation.fold(engine.durable("c")).digest());
  }

  @Test
  void whereTheStoreIsolatesFailuresARecoveryVouchesForItsOwnConversationAlone() throws Exception {
    engine = new FaultyEngine(true);
    started(settings(1, LONG, ROOM));
    assertThat(result(startedToo("d")).sequence()).isZero();
    assertThat(result(startedToo("e")).sequence()).isZero();
    CompletableFuture<CommandResult> hangs = runtime.send(message("e", "alice", "m0"));
    CompletableFuture<CommandResult> fails = runtime.send(message("d", "alice", "m1"));
    CompletableFuture<CommandResult> conflict = send("m2");
    engine.awaitQueued(3);
    AtomicReference<CompletableFuture<CommandResult>> onFailed = new AtomicReference<>();
    engine.fail(
        "d",
        new EventStoreException("disk"),
        () -> {
          engine.fail("c", new ConcurrencyException("the sequence is taken"));
          engine.awaitQueued(2); // "c" has recovered
          gate.hold("m3");
          onFailed.set(runtime.send(message("d", "alice", "m3")));
          gate.awaitReached(); // on a state that has m1 in it
        });
    gate.open();
    engine.awaitQueued(3);
    engine.commit();

    assertThat(code(fails)).isEqualTo(RejectionCode.UNAVAILABLE);
    assertThat(result(conflict).sequence()).isEqualTo(1);
    assertThat(result(onFailed.get()).sequence()).isEqualTo(1);
    assertThat(result(hangs).sequence()).isEqualTo(1);
    assertThat(engine.epoch()).as("m3 was never queued behind a hole").isEqualTo(2);
  }

  private CompletableFuture<CommandResult> startedToo(String conversation) {
    engine.atOnce();
    CompletableFuture<CommandResult> started = runtime.send(start(conversation));
    started.join();
    engine.byHand();
    return started;
  }

  @Test
  void aConflictRunsTheCommandsAgainInTheirOrder() throws Exception {
    started(settings(1, LONG, ROOM));
    List<CompletableFuture<CommandResult>> answers = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      answers.add(send("m" + i));
    }
    engine.awaitQueued(5);
    engine.foreign("c", "foreign");
    engine.commit();
    engine.awaitQueued(5);
    engine.commit();

    for (int i = 0; i < 5; i++) {
      assertThat(result(answers.get(i)).sequence()).isEqualTo(2 + i);
    }
    assertThat(bodies(engine.durable("c")))
        .containsExactly("foreign", "m1", "m2", "m3", "m4", "m5");
    assertThat(meters.get("confab.commands.rerun").counter().count()).isEqualTo(5);
    assertThat(meters.get("confab.commands.epoch").gauge().value()).isEqualTo(1);
  }

  @Test
  void whatCameLaterRunsBehindTheCommandsThatRunAgain() throws Exception {
    started(settings(1, LONG, ROOM));
    CompletableFuture<CommandResult> first = send("m1");
    engine.awaitQueued(1);
    gate.hold("m2");
    CompletableFuture<CommandResult> second = send("m2");
    gate.awaitReached();
    CompletableFuture<CommandResult> later = send("m3"); // waits for its turn
    engine.foreign("c", "foreign");
    engine.commit();
    gate.open();
    engine.awaitQueued(3);
    engine.commit();

    assertThat(result(first).sequence()).isEqualTo(2);
    assertThat(result(second).sequence()).isEqualTo(3);
    assertThat(result(later).sequence()).isEqualTo(4);
    assertThat(bodies(engine.durable("c"))).containsExactly("foreign", "m1", "m2", "m3");
  }

  @Test
  void commandsKeepTheirOrderAlsoWhereTheyRunAgainForTheSecondTime() throws Exception {
    started(settings(1, LONG, ROOM));
    List<CompletableFuture<CommandResult>> answers = List.of(send("m1"), send("m2"), send("m3"));
    engine.awaitQueued(3);
    gate.hold("m2");
    engine.foreign("c", "foreign1");
    engine.commit();
    gate.awaitReached(); // m1 has been run again, and m3 waits for it
    engine.foreign("c", "foreign2");
    engine.commit();
    gate.open();
    engine.awaitQueued(3);
    engine.commit();

    for (CompletableFuture<CommandResult> answer : answers) {
      result(answer);
    }
    assertThat(bodies(engine.durable("c")))
        .containsExactly("foreign1", "foreign2", "m1", "m2", "m3");
  }

  @Test
  void aCommandThatAlwaysComesTooLateIsRefusedAfterThreeMoreRuns() throws Exception {
    started(settings(1, LONG, ROOM));
    CompletableFuture<CommandResult> answer = send("m1");
    for (int run = 0; run <= Stripe.RUNS_AGAIN; run++) {
      engine.awaitQueued(1);
      engine.foreign("c", "foreign" + run);
      engine.commit();
    }

    CommandRejected rejection = rejection(answer);
    assertThat(rejection.code()).isEqualTo(RejectionCode.CONFLICT);
    assertThat(rejection.limit()).isEqualTo("3 times again");
    assertThat(engine.queued()).isZero();
  }

  @Test
  void aConflictInOneConversationLosesNothingInAnother() throws Exception {
    started(settings(2, LONG, ROOM));
    engine.atOnce();
    result(runtime.send(start("d")));
    engine.byHand();
    CompletableFuture<CommandResult> one = send("m1");
    engine.awaitQueued(1);
    CompletableFuture<CommandResult> other = runtime.send(message("d", "bob", "m2"));
    engine.awaitQueued(2);
    engine.foreign("c", "foreign");
    engine.commit();
    engine.awaitQueued(2);
    engine.commit();

    assertThat(result(one).sequence()).isEqualTo(2);
    assertThat(result(other).sequence()).isEqualTo(1);
  }

  // Rule 3: a time-out is not a failure.

  @Test
  void aTimeOutLeavesTheOutcomeOpenAndAResendFindsIt() throws Exception {
    started(settings(1, LONG, ROOM));
    restarted(settings(1, SHORT, ROOM));
    CompletableFuture<CommandResult> first = send("m1");
    engine.awaitQueued(1);

    CommandRejected rejection = rejection(first);
    assertThat(rejection.code()).isEqualTo(RejectionCode.UNAVAILABLE);
    assertThat(rejection).hasMessageContaining("outcome is unknown");
    assertThat(rejection.limit()).isEqualTo(SHORT.toString());
    assertThat(engine.queued()).isEqualTo(1);

    engine.atOnce().commit();
    restarted(settings(1, LONG, ROOM));
    assertThat(result(send("m1"))).isEqualTo(new CommandResult("c", 1, AT, false));
    assertThat(bodies(engine.durable("c"))).containsExactly("m1");
  }

  @Test
  void aResendAfterATimeOutIsNotAnsweredWhileTheFirstMayBeLost() throws Exception {
    started(settings(1, LONG, ROOM));
    restarted(settings(1, SHORT, ROOM));
    assertThat(rejection(send("m1"))).hasMessageContaining("outcome is unknown");
    CompletableFuture<CommandResult> again = send("m1");
    send("m2");
    engine.awaitQueued(2); // the resend has been run, as the stripe came to what is behind it
    FaultyEngine after = engine.crash();

    assertThat(after.durable("c")).hasSize(1);
    assertThat(code(again)).isEqualTo(RejectionCode.UNAVAILABLE);
  }

  @Test
  void aTimeOutLeavesTheAggregateInMemoryAndAResendIsAnsweredFromIt() throws Exception {
    started(settings(1, LONG, ROOM));
    restarted(settings(1, SHORT, ROOM));
    assertThat(rejection(send("m1"))).hasMessageContaining("outcome is unknown");
    int loads = engine.loads();
    CompletableFuture<CommandResult> again = send("m1");
    CompletableFuture<CommandResult> next = send("m2");
    engine.awaitQueued(2);
    engine.commit();

    assertThat(result(again)).isEqualTo(new CommandResult("c", 1, AT, false));
    assertThat(result(next).sequence()).isEqualTo(2);
    assertThat(engine.loads()).isEqualTo(loads);
    assertThat(engine.epoch()).as("nothing was run beside the log").isZero();
  }

  @Test
  void whatWaitedTooLongForItsTurnIsNotRunLater() throws Exception {
    started(settings(1, LONG, ROOM));
    restarted(settings(1, SHORT, ROOM));
    engine.hold();
    CompletableFuture<CommandResult> first = send("m1");
    CompletableFuture<CommandResult> second = send("m2");

    assertThat(rejection(second)).hasMessageContaining("nothing was done");
    assertThat(rejection(first)).hasMessageContaining("outcome is unknown");
    engine.release();
    engine.atOnce().commit();
    restarted(settings(1, LONG, ROOM));
    assertThat(result(send("m3")).sequence()).isEqualTo(2);
    assertThat(bodies(engine.durable("c"))).containsExactly("m1", "m3");
  }

  // Rule 4: readers see what is durable, and are woken by it.

  @Test
  void theTailShowsNothingThatIsNotDurable() throws Exception {
    started(settings(1, LONG, ROOM));
    try (BlockingStream<TrackedEventMessage<?>> tail =
        runtime.eventStore().openStream(engine.createHeadToken())) {
      CompletableFuture<CommandResult> answer = send("m1");
      engine.awaitQueued(1);
      assertThat(tail.hasNextAvailable(50, TimeUnit.MILLISECONDS)).isFalse();
      assertThat(answer).isNotDone();

      engine.commit();
      assertThat(tail.hasNextAvailable(20, TimeUnit.SECONDS)).isTrue();
      assertThat(tail.nextAvailable().getPayload()).isEqualTo(engine.durable("c").get(1));
      result(answer);
    }
  }

  @Test
  void theTailIsWokenByDurabilityAndNotByAPoll() throws Exception {
    started(settings(1, LONG, ROOM));
    DurableEventStore store =
        new DurableEventStore(
            EmbeddedEventStore.builder().timeUnit(TimeUnit.HOURS).fetchDelay(1).cleanupDelay(1),
            engine);
    try (BlockingStream<TrackedEventMessage<?>> tail = store.openStream(engine.createHeadToken())) {
      assertThat(tail.hasNextAvailable(50, TimeUnit.MILLISECONDS)).isFalse();
      send("m1");
      engine.awaitQueued(1);
      engine.commit();
      assertThat(tail.hasNextAvailable(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      store.shutDown();
    }
  }

  // The cache.

  @Test
  void anEvictedAggregateIsReadOnlyAfterItsOwnEventsAreDurable() throws Exception {
    started(settings(1, LONG, NO_ROOM));
    List<CompletableFuture<CommandResult>> answers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      answers.add(send("m" + i));
    }
    for (int i = 0; i < 200; i++) {
      engine.awaitQueued(1);
      engine.commitOne();
    }

    for (int i = 0; i < 200; i++) {
      assertThat(result(answers.get(i)).sequence()).isEqualTo(1 + i);
    }
    assertThat(engine.epoch()).as("a state behind the log would have made a conflict").isZero();
    assertThat(engine.loads()).isGreaterThanOrEqualTo(200);
  }

  @Test
  void whatWaitsToReadAnAggregateWhoseAppendFailsIsRunAgain() throws Exception {
    started(settings(1, LONG, NO_ROOM));
    CompletableFuture<CommandResult> first = send("m1");
    engine.awaitQueued(1);
    CompletableFuture<CommandResult> second = send("m2");
    while (meters.get("confab.commands.queued").gauge().value() > 0) {
      Thread.onSpinWait(); // until the stripe has taken it
    }
    engine.fail(new EventStoreException("disk"));
    engine.awaitQueued(1);
    engine.commit();

    assertThat(code(first)).isEqualTo(RejectionCode.UNAVAILABLE);
    assertThat(result(second).sequence()).isEqualTo(1);
  }

  @Test
  void aRejectionLeavesTheAggregateInMemory() {
    started(settings(1, LONG, ROOM));
    int loads = engine.loads();
    assertThat(code(runtime.send(message("c", "mallory", "m1"))))
        .isEqualTo(RejectionCode.NOT_A_MEMBER);
    engine.atOnce();
    assertThat(result(send("m2")).sequence()).isEqualTo(1);
    assertThat(engine.loads()).isEqualTo(loads);
  }

  @Test
  void aRejectionAfterAnEventTakesTheEventBack() {
    started(settings(1, LONG, ROOM));
    assertThat(code(runtime.send(new RenameConversation("c", "alice", AT, "other"))))
        .isEqualTo(RejectionCode.TITLE_TOO_LONG);
    engine.atOnce();
    assertThat(result(send("m1")).sequence()).isEqualTo(1);
    assertThat(engine.durable("c")).hasSize(2);
  }

  @Test
  void aFaultInTheAggregateIsAnInternalErrorAndLeavesNothing() {
    started(settings(1, LONG, ROOM));
    assertThat(code(runtime.send(new RenameConversation("c", "alice", AT, "fault"))))
        .isEqualTo(RejectionCode.INTERNAL_ERROR);
    engine.atOnce();
    assertThat(result(send("m1")).sequence()).isEqualTo(1);
  }

  @Test
  void aRejectedStartLeavesNoConversation() {
    started(settings(1, LONG, ROOM));
    assertThat(code(runtime.send(start("d", List.of("a", "b", "c")))))
        .isEqualTo(RejectionCode.TOO_MANY_MEMBERS);
    assertThat(code(runtime.send(message("d", "a", "m1"))))
        .isEqualTo(RejectionCode.UNKNOWN_CONVERSATION);
    engine.atOnce();
    assertThat(result(runtime.send(start("d"))).created()).isTrue();
    assertThat(result(runtime.send(start("d")))).isEqualTo(new CommandResult("d", 0, AT, false));
  }

  @Test
  void aSnapshotHoldsWhatIsDurableAndTheNextStartBeginsWithIt() throws Exception {
    started(new CommandSettings(1, 1000, LONG, ROOM, 10));
    for (int i = 0; i < 25; i++) {
      send("m" + i);
    }
    engine.awaitQueued(25);
    assertThat(engine.readSnapshot("c")).isEmpty();
    engine.commit();
    assertThat(engine.awaitSnapshot("c")).isBetween(8L, 25L);
    runtime.close();

    runtime =
        CommandRuntime.start(
            TestConversation.class, engine, CommandSettings.DEFAULT, meters, LIMITS, gate);
    assertThat(digest(runtime, "c")).isEqualTo(TestConversation.fold(engine.durable("c")).digest());
  }

  // Overload and end.

  @Test
  void overTheBoundOfTheQueueCommandsAreRefusedByName() throws Exception {
    started(new CommandSettings(1, 1, LONG, NO_ROOM, 500));
    CompletableFuture<CommandResult> first = send("m1");
    engine.awaitQueued(1);
    CompletableFuture<CommandResult> second = send("m2");
    while (meters.get("confab.commands.queued").gauge().value() > 0) {
      Thread.onSpinWait(); // until the stripe has taken it, to wait with it for the store
    }
    CompletableFuture<CommandResult> third = send("m3");
    CommandRejected rejection = rejection(send("m4"));

    assertThat(rejection.code()).isEqualTo(RejectionCode.UNAVAILABLE);
    assertThat(rejection.limit()).isEqualTo("1");
    engine.atOnce().commit();
    assertThat(result(first).sequence()).isEqualTo(1);
    assertThat(result(second).sequence()).isEqualTo(2);
    assertThat(result(third).sequence()).isEqualTo(3);
    assertThat(meters.get("confab.commands.refused").tag("code", "unavailable").counter().count())
        .isEqualTo(1);
  }

  @Test
  void aStoreThatTakesNoMoreRefusesAndGoesOnLater() {
    started(settings(1, LONG, ROOM));
    engine.refuse(new CommandRejected(RejectionCode.UNAVAILABLE, "too many bytes", 2, 1));
    assertThat(rejection(send("m1"))).hasMessage("too many bytes");
    engine.refuse(null);
    engine.atOnce();
    assertThat(result(send("m2")).sequence()).isEqualTo(1);
    assertThat(result(send("m1")).sequence()).isEqualTo(2);
  }

  @Test
  void closingAnswersWhatCameBeforeAndRefusesTheRest() {
    started(settings(2, LONG, ROOM));
    engine.atOnce();
    List<CompletableFuture<CommandResult>> answers = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      answers.add(send("m" + i));
    }
    runtime.close();

    for (CompletableFuture<CommandResult> answer : answers) {
      assertThat(answer).isCompleted();
    }
    assertThat(rejection(send("late"))).hasMessageContaining("shutting down");
  }

  @Test
  void closingDoesNotWaitForeverForTheStore() throws Exception {
    started(settings(1, LONG, ROOM));
    restarted(settings(1, SHORT, ROOM));
    CompletableFuture<CommandResult> answer = send("m1");
    engine.awaitQueued(1);
    runtime.close();
    assertThat(rejection(answer)).hasMessageContaining("outcome is unknown");
  }

  @Test
  void answersAreNotGivenOnTheCommittersThread() throws Exception {
    started(settings(1, LONG, ROOM));
    CompletableFuture<String> thread =
        send("m1").thenApply(result -> Thread.currentThread().getName());
    engine.awaitQueued(1);
    engine.commit();
    assertThat(thread.get()).isEqualTo("confab-acknowledge");
  }

  // What may be begun for a time only.

  @Test
  void whatComesTooLateIsNotBegun() {
    started(settings(1, LONG, ROOM));
    CommandRejected refusal = rejection(runtime.send(message("c", "alice", "m1"), () -> false));
    assertThat(refusal.code()).isEqualTo(RejectionCode.UNAVAILABLE);
    assertThat(refusal).hasMessageContaining("nothing was done");
    engine.atOnce();
    assertThat(result(send("m1"))).isEqualTo(new CommandResult("c", 1, AT, true));
  }

  /** A process stood still; meanwhile the command was run by another, and undone by a later one. */
  @Test
  void whatIsLateAfterAConflictIsNotRunAgain() throws Exception {
    started(settings(1, LONG, ROOM));
    AtomicBoolean inTime = new AtomicBoolean(true);
    CompletableFuture<CommandResult> late = runtime.send(message("c", "alice", "m1"), inTime::get);
    CompletableFuture<CommandResult> other = send("m2");
    engine.awaitQueued(2);
    inTime.set(false);
    engine.foreign("c", "foreign");
    engine.atOnce();
    engine.commit();

    CommandRejected refusal = rejection(late);
    assertThat(refusal.code()).isEqualTo(RejectionCode.UNAVAILABLE);
    assertThat(refusal).hasMessageContaining("nothing was done");
    assertThat(result(other).sequence()).isEqualTo(2);
    assertThat(bodies(engine.durable("c"))).containsExactly("foreign", "m2");
  }

  /** What was read may have the later command in it, and is what the next command needs. */
  @Test
  void whatIsLateOnceItsConversationIsReadIsNotRun() {
    started(settings(1, LONG, ROOM));
    restarted(settings(1, LONG, ROOM));
    engine.atOnce();
    int loads = engine.loads();
    AtomicInteger asked = new AtomicInteger();
    CommandRejected refusal =
        rejection(runtime.send(message("c", "alice", "m1"), () -> asked.incrementAndGet() == 1));
    assertThat(refusal).hasMessageContaining("nothing was done");
    assertThat(result(send("m2"))).isEqualTo(new CommandResult("c", 1, AT, true));
    assertThat(engine.loads()).isEqualTo(loads + 1);
    assertThat(bodies(engine.durable("c"))).containsExactly("m2");
  }

  @Test
  void aCommandThatWaitedTooLongIsNotBegunAlsoWhereNobodyWatched() {
    started(settings(1, LONG, ROOM));
    GenericCommandMessage<?> command = new GenericCommandMessage<>(message("c", "alice", "m1"));
    long now = System.nanoTime();
    Execution waited = new Execution(command, ignored -> null, (c, r) -> {}, now - 1, () -> true);
    assertThat(waited.tooLate()).contains("nothing was done");
    long later = now + LONG.toNanos();
    assertThat(new Execution(command, ignored -> null, (c, r) -> {}, later, () -> true).tooLate())
        .isNull();
  }
}
