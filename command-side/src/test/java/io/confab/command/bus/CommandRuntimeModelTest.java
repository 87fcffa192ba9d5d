package io.confab.command.bus;

import static io.confab.command.bus.Commands.AT;
import static io.confab.command.bus.Commands.bodies;
import static io.confab.command.bus.Commands.digest;
import static io.confab.command.bus.Commands.message;
import static io.confab.command.bus.Commands.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.AddMembers;
import io.confab.events.ConversationCommand.RemoveMember;
import io.confab.events.ConversationCommand.RenameConversation;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.EventEnvelope;
import io.confab.events.Limits;
import io.confab.events.RejectionCode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.axonframework.eventsourcing.eventstore.EventStoreException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random commands to a few conversations over a disk that stalls, fails, is written by others and
 * loses power, against what must hold whatever happens. A schedule is a seed; how the threads fall
 * is not in it, so a seed that fails may need a few runs to fail again.
 */
@Timeout(900)
class CommandRuntimeModelTest {
  private static final int SCHEDULES = Integer.getInteger("confab.schedules", 2000);

  /** One for all schedules, which else make all meters anew; nothing is asserted of it. */
  private static final SimpleMeterRegistry METERS = new SimpleMeterRegistry();

  private static final long SEED = Long.getLong("confab.seed", System.nanoTime());

  @Test
  void nothingThatWasAcknowledgedIsLostDoubledOrOutOfOrder() throws Exception {
    System.out.println("confab.seed=" + SEED + " confab.schedules=" + SCHEDULES);
    Map<String, Integer> reached = new HashMap<>();
    for (int i = 0; i < SCHEDULES; i++) {
      try {
        new Schedule(SEED + i, reached).run();
      } catch (Throwable e) {
        throw new AssertionError("-Dconfab.schedules=1 -Dconfab.seed=" + (SEED + i), e);
      }
    }
    System.out.println(reached);
    assertThat(reached)
        .as("the schedules reach what they are made for")
        .containsKeys(
            "crash",
            "store failure",
            "foreign",
            "appended",
            "unchanged",
            "unavailable",
            "not-a-member",
            "again");
  }

  /**
   * @param thread that gave the answer
   */
  private record Answer(
      ConversationCommand command, CommandResult result, boolean durable, String thread) {}

  private static final class Schedule {
    private final Random random;
    private final Map<String, Integer> reached;
    private final List<String> conversations = List.of("c0", "c1", "c2");
    private final ConcurrentLinkedQueue<Answer> answers = new ConcurrentLinkedQueue<>();
    private final List<SendMessage> messages = new ArrayList<>();
    private final Set<String> sentAgain = new HashSet<>();
    private final Set<String> refusedForGood = new HashSet<>();
    private final ConcurrentLinkedQueue<CommandRejected> faults = new ConcurrentLinkedQueue<>();
    private final List<CompletableFuture<?>> open = new ArrayList<>();
    private final CommandSettings settings;
    private FaultyEngine engine;
    private CommandRuntime runtime;
    private int foreign;

    Schedule(long seed, Map<String, Integer> reached) {
      random = new Random(seed);
      this.reached = reached;
      engine = new FaultyEngine(random.nextBoolean());
      // Room for all aggregates, for none, or for one of three.
      long weight = new long[] {1_000_000, 1, 150}[random.nextInt(3)];
      settings =
          new CommandSettings(
              1 + random.nextInt(2), 1000, Duration.ofSeconds(60), weight, 3 + random.nextInt(20));
    }

    void run() throws Exception {
      boot();
      int steps = 20 + random.nextInt(60);
      for (int step = 0; step < steps; step++) {
        int dice = random.nextInt(100);
        if (dice < 60) {
          send(next());
        } else if (dice < 80) {
          for (int n = random.nextInt(4); n >= 0; n--) {
            engine.commitOne(random.nextInt(3));
          }
        } else if (dice < 84) {
          reach("store failure");
          if (engine.isolatesFailures()) {
            engine.fail(conversation(), new EventStoreException("disk"));
          } else {
            engine.fail(new EventStoreException("disk"));
          }
        } else if (dice < 90) {
          reach("foreign");
          engine.foreign(conversation(), "f" + foreign++);
        } else if (dice < 92) {
          reach("crash");
          crash();
        } else {
          Thread.yield();
        }
      }
      settle();
      check();
      runtime.close();
    }

    private void boot() {
      runtime =
          CommandRuntime.start(
              TestConversation.class, engine, settings, METERS, Limits.DEFAULT, new Gate());
      engine.atOnce();
      for (String conversation : conversations) {
        send(start(conversation)); // answers with itself from the second time on
      }
      awaitOpen();
      engine.byHand();
    }

    private String conversation() {
      return conversations.get(random.nextInt(conversations.size()));
    }

    private ConversationCommand next() {
      int dice = random.nextInt(20);
      if (dice < 12 || messages.isEmpty()) {
        SendMessage message =
            message(conversation(), random.nextBoolean() ? "alice" : "bob", "m" + messages.size());
        messages.add(message);
        return message;
      }
      if (dice < 16) {
        SendMessage again = messages.get(random.nextInt(messages.size()));
        sentAgain.add(again.content().clientMessageId());
        return again;
      }
      if (dice < 17) {
        return new RenameConversation(
            conversation(), "alice", AT, random.nextBoolean() ? TestConversation.FAULT : "late");
      }
      return random.nextBoolean()
          ? new RemoveMember(conversation(), "alice", AT, "bob")
          : new AddMembers(conversation(), "alice", AT, List.of("bob"));
    }

    private void send(ConversationCommand command) {
      FaultyEngine store = engine;
      open.add(
          runtime
              .send(command)
              .handle(
                  (result, failure) -> {
                    if (result != null) {
                      reach(result.created() ? "appended" : "unchanged");
                      boolean durable = store.head(command.conversation()) >= result.sequence();
                      answers.add(
                          new Answer(command, result, durable, Thread.currentThread().getName()));
                    } else {
                      refused(command, (CommandRejected) failure);
                    }
                    return null;
                  }));
    }

    private void refused(ConversationCommand command, CommandRejected refusal) {
      reach(refusal.code().code());
      if (refusal.code() == RejectionCode.INTERNAL_ERROR && command instanceof SendMessage) {
        faults.add(refusal);
      }
      boolean certain =
          refusal.code() != RejectionCode.UNAVAILABLE
              || refusal.getMessage().contains("nothing was done");
      if (certain && command instanceof SendMessage message) {
        synchronized (refusedForGood) {
          refusedForGood.add(message.content().clientMessageId());
        }
      }
    }

    private void reach(String what) {
      synchronized (reached) {
        reached.merge(what, 1, Integer::sum);
      }
    }

    /**
     * All that was sent is answered. A last message finds out what others wrote: until then the
     * state may be behind the log, but never ahead of it or beside it.
     */
    private void settle() {
      engine.atOnce();
      engine.commit();
      awaitOpen();
      for (String conversation : conversations) {
        SendMessage last = message(conversation, "alice", "m" + messages.size());
        messages.add(last);
        send(last);
      }
      awaitOpen();
    }

    private void awaitOpen() {
      CompletableFuture.allOf(open.toArray(CompletableFuture[]::new))
          .orTimeout(60, TimeUnit.SECONDS)
          .join();
      open.clear();
    }

    private void crash() {
      FaultyEngine next = engine.crash();
      runtime.close();
      awaitOpen();
      engine = next;
      boot();
    }

    private void check() {
      assertThat(faults).isEmpty();
      Map<String, List<EventEnvelope>> logs = new HashMap<>();
      for (String conversation : conversations) {
        List<EventEnvelope> log = engine.durable(conversation);
        logs.put(conversation, log);
        for (int i = 0; i < log.size(); i++) {
          assertThat(log.get(i).sequence()).isEqualTo(i);
        }
        assertThat(bodies(log)).doesNotHaveDuplicates();
        assertThat(digest(runtime, conversation))
            .as("state of %s", conversation)
            .isEqualTo(TestConversation.fold(log).digest());
        assertThat(bodies(log).stream().filter(body -> once(body)).toList())
            .as("the log is in the order of sending")
            .isSortedAccordingTo((a, b) -> Integer.compare(number(a), number(b)));
      }
      Map<String, Long> last = new HashMap<>();
      Set<String> accepted = new HashSet<>();
      for (Answer answer : answers) {
        CommandResult result = answer.result;
        String conversation = result.conversation();
        assertThat(answer.durable).as("durable when answered: %s", answer).isTrue();
        EventEnvelope event = logs.get(conversation).get((int) result.sequence());
        if (answer.command instanceof SendMessage message) {
          assertThat(bodies(List.of(event))).containsExactly(message.content().body());
          accepted.add(message.content().clientMessageId());
        }
        if (result.created()) {
          assertThat(event.by()).isEqualTo(answer.command.by());
          assertThat(result.sequence())
              .as("acknowledged in order: %s, of%n%s", answer, answers)
              .isGreaterThan(last.getOrDefault(conversation, -1L));
          last.put(conversation, result.sequence());
        }
      }
      Set<String> written = new HashSet<>();
      logs.values().forEach(log -> written.addAll(bodies(log)));
      assertThat(written).containsAll(accepted);
      refusedForGood.removeAll(sentAgain);
      assertThat(refusedForGood).doesNotContainAnyElementsOf(written);
      if (written.stream().anyMatch(sentAgain::contains)) {
        reach("again");
      }
    }

    private boolean once(String body) {
      return body.startsWith("m") && !sentAgain.contains(body);
    }

    private static int number(String body) {
      return Integer.parseInt(body.substring(1));
    }
  }
}
