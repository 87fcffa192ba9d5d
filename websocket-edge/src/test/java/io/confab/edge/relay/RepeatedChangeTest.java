package io.confab.edge.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.EditMessage;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import io.confab.web.CommandRelay;
import io.confab.web.CommandRelay.Answer;
import io.confab.web.ServiceKey;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Edits, against a real HTTP server that, as command-side does, begins nothing later than the
 * request says, and of which a process may stand still.
 */
@Timeout(120)
class RepeatedChangeTest {
  private static final Instant AT = Instant.parse("2026-11-24T09:30:00Z");
  private static final long SKEW_MILLIS = 1_000;
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** One request as it came. */
  private record Arrival(long atMillis, long notAfterMillis, List<ConversationCommand> commands) {}

  private enum Fault {
    NONE,
    /** Stands still with the request in hand, and runs it when it wakes. */
    FREEZES,
    /** Takes the request, and the connection is gone. */
    DROPS,
    IS_LOST_TO_THE_BALANCER
  }

  private final ServiceKey key =
      new ServiceKey("0123456789abcdef0123456789abcdef", Clock.systemUTC());
  private final MeterRegistry meters = new SimpleMeterRegistry();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final ExecutorService serverThreads = Executors.newCachedThreadPool();
  private final List<Arrival> arrivals = new ArrayList<>();
  private final List<String> bodies = new ArrayList<>();
  private final CountDownLatch wakes = new CountDownLatch(1);
  private final CountDownLatch woken = new CountDownLatch(1);
  private volatile Fault ofTheFirst = Fault.NONE;
  private volatile boolean unavailable;
  private Clock clock = Clock.systemUTC();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(serverThreads);
    server.createContext("/internal/conversations/", this::take);
    server.start();
  }

  @AfterEach
  void stop() {
    wakes.countDown();
    server.stop(0);
    serverThreads.shutdownNow();
    timer.shutdownNow();
  }

  private void take(HttpExchange exchange) throws IOException {
    List<ConversationCommand> commands =
        CommandRelay.commands(exchange.getRequestBody().readAllBytes());
    long notAfter = Long.parseLong(exchange.getRequestHeaders().getFirst(CommandRelay.NOT_AFTER));
    Fault fault;
    synchronized (arrivals) {
      fault = arrivals.isEmpty() ? ofTheFirst : Fault.NONE;
      arrivals.add(new Arrival(System.currentTimeMillis(), notAfter, commands));
    }
    if (fault == Fault.FREEZES) {
      try {
        wakes.await();
      } catch (InterruptedException e) {
        return;
      }
    } else if (unavailable) {
      exchange.sendResponseHeaders(503, -1);
      exchange.close();
      return;
    }
    byte[] body = CommandRelay.answers(commands.stream().map(c -> run(c, notAfter)).toList());
    if (fault == Fault.FREEZES) {
      woken.countDown();
    }
    if (fault == Fault.DROPS) {
      exchange.close();
      return;
    }
    int status = fault == Fault.IS_LOST_TO_THE_BALANCER ? 503 : 200;
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private Answer run(ConversationCommand command, long notAfter) {
    synchronized (bodies) {
      if (System.currentTimeMillis() > notAfter) {
        return Answer.of(
            new CommandRejected(
                RejectionCode.UNAVAILABLE, "too late; nothing was done", null, null));
      }
      String body =
          command instanceof EditMessage edit
              ? edit.body()
              : ((SendMessage) command).content().body();
      boolean change = bodies.isEmpty() || !bodies.get(bodies.size() - 1).equals(body);
      if (change) {
        bodies.add(body);
      }
      return Answer.of(new CommandResult(command.conversation(), bodies.size(), AT, change));
    }
  }

  private HttpCommandClient client(Duration attempt, Duration patience) {
    return new HttpCommandClient(
        new RelaySettings(
            URI.create("http://localhost:" + server.getAddress().getPort()),
            Duration.ofSeconds(1),
            attempt,
            patience,
            100_000),
        key,
        clock,
        timer,
        meters);
  }

  private static EditMessage edit(String conversation, String body) {
    return new EditMessage(conversation, "ann", AT, 1, body);
  }

  private static SendMessage message(String conversation, String id) {
    return new SendMessage(conversation, "ann", AT, MessageContent.of(id, id));
  }

  private List<String> bodies() {
    synchronized (bodies) {
      return List.copyOf(bodies);
    }
  }

  private Arrival arrival(int n) {
    synchronized (arrivals) {
      return arrivals.get(n);
    }
  }

  private static CommandRejected refusal(CompletableFuture<?> future) {
    return (CommandRejected)
        assertThat(future)
            .failsWithin(PATIENCE)
            .withThrowableOfType(ExecutionException.class)
            .actual()
            .getCause();
  }

  @Test
  void aCopyThatWakesLateDoesNotUndoALaterChange() throws Exception {
    ofTheFirst = Fault.FREEZES;
    HttpCommandClient client = client(Duration.ofSeconds(1), LONG);
    assertThat(client.send(edit("c-1", "first"))).succeedsWithin(PATIENCE);
    assertThat(client.send(edit("c-1", "second"))).succeedsWithin(PATIENCE);
    wakes.countDown();
    woken.await();
    assertThat(bodies()).containsExactly("first", "second");
    assertThat(arrival(1).atMillis)
        .as("the first may be begun until then, by a clock that is behind")
        .isGreaterThanOrEqualTo(arrival(0).notAfterMillis + SKEW_MILLIS);
  }

  @Test
  void aChangeThatWasGivenUpIsFollowedOnlyWhenItIsNotBegunAnyMore() throws Exception {
    ofTheFirst = Fault.FREEZES;
    HttpCommandClient client = client(Duration.ofSeconds(1), Duration.ofMillis(500));
    CompletableFuture<CommandResult> first = client.send(edit("c-1", "first"));
    CompletableFuture<CommandResult> second = client.send(edit("c-1", "second"));
    assertThat(refusal(first)).hasMessageContaining("the outcome is unknown");
    CompletableFuture<CommandResult> third = client.send(edit("c-1", "third"));
    assertThat(second).succeedsWithin(PATIENCE);
    assertThat(third).succeedsWithin(PATIENCE);
    wakes.countDown();
    woken.await();
    assertThat(bodies()).containsExactly("second", "third");
    assertThat(arrival(1).atMillis).isGreaterThanOrEqualTo(arrival(0).notAfterMillis + SKEW_MILLIS);
  }

  @Test
  void aChangeWhoseCommandSideWasLostIsRepeatedOnlyWhenItIsNotBegunAnyMore() {
    for (Fault fault : List.of(Fault.DROPS, Fault.IS_LOST_TO_THE_BALANCER)) {
      arrivals.clear();
      ofTheFirst = fault;
      HttpCommandClient client = client(Duration.ofMillis(500), LONG);
      assertThat(client.send(edit("c-1", fault.name()))).succeedsWithin(PATIENCE);
      assertThat(arrival(1).atMillis)
          .as(fault.name())
          .isGreaterThanOrEqualTo(arrival(0).notAfterMillis + SKEW_MILLIS);
    }
  }

  @Test
  void aMessageIsRepeatedAtOnce() {
    ofTheFirst = Fault.DROPS;
    assertThat(client(LONG, LONG).send(message("c-1", "m-1"))).succeedsWithin(PATIENCE);
    assertThat(arrival(1).atMillis).isLessThan(arrival(0).notAfterMillis);
  }

  @Test
  void aChangeThatWasNotTakenIsRepeatedAtOnce() throws IOException {
    InetSocketAddress address = server.getAddress();
    server.stop(0);
    HttpCommandClient client = client(LONG, LONG);
    CompletableFuture<CommandResult> result = client.send(edit("c-1", "first"));
    await().until(() -> meters.get("confab.edge.commands.repeated").counter().count() > 0);
    server = HttpServer.create(address, 0);
    server.setExecutor(serverThreads);
    server.createContext("/internal/conversations/", this::take);
    server.start();
    assertThat(result).succeedsWithin(PATIENCE);
  }

  @Test
  void whatWasNeverTakenIsRefusedWithNothingDone() {
    server.stop(0);
    HttpCommandClient client = client(LONG, Duration.ofMillis(100));
    assertThat(refusal(client.send(edit("c-1", "first")))).hasMessageContaining("nothing was done");
  }

  /** The first may have been done, whatever the second was refused for. */
  @Test
  void aRefusalOfTheSecondTryDoesNotSayThatNothingWasDone() {
    ofTheFirst = Fault.DROPS;
    clock = Clock.offset(clock, LONG.multipliedBy(-2)); // so that each comes too late
    HttpCommandClient client = client(LONG, LONG);
    assertThat(refusal(client.send(message("c-1", "m-1"))))
        .hasMessageContaining("the outcome is unknown");
  }

  /** They wait behind one that has no answer, and the circuit is open when it is given up. */
  @Test
  void thousandsThatAreGivenUpAtOnceAreAllAnsweredAndTheNextGoesOn() {
    ofTheFirst = Fault.FREEZES;
    unavailable = true;
    HttpCommandClient client = client(Duration.ofSeconds(1), Duration.ofMillis(100));
    List<CompletableFuture<CommandResult>> results = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      results.add(client.send(edit("c-1", "body " + i)));
    }
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              List<CompletableFuture<?>> others = new ArrayList<>();
              for (int i = 2; i < 50; i++) {
                others.add(client.send(message("c-" + i, "m")));
              }
              others.forEach(RepeatedChangeTest::refusal);
              return results.get(19_999).isDone();
            });
    results.forEach(RepeatedChangeTest::refusal);
    unavailable = false;
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              var unused = client.send(edit("c-1", "last"));
              assertThat(bodies()).containsExactly("last");
            });
  }
}
