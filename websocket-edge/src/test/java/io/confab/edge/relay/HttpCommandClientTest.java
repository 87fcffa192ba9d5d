package io.confab.edge.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import io.confab.web.CommandRelay;
import io.confab.web.CommandRelay.Answer;
import io.confab.web.ServiceKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Against a real HTTP server that knows each clientMessageId, as command-side does. */
@Timeout(60)
class HttpCommandClientTest {
  private static final Instant AT = Instant.parse("2026-11-24T09:30:00Z");

  private static final String SECRET = "0123456789abcdef0123456789abcdef";

  /** The server's, and that of clients that are made from here on. */
  private volatile ServiceKey key = new ServiceKey(SECRET, Clock.systemUTC());

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final ExecutorService serverThreads = Executors.newCachedThreadPool();
  private final Map<String, Long> log = new LinkedHashMap<>();
  private final List<Integer> requests = new ArrayList<>();
  private final AtomicInteger losses = new AtomicInteger();
  private final AtomicInteger bodiless = new AtomicInteger();
  private volatile int status = 200;
  private volatile CountDownLatch held = new CountDownLatch(0);
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
    held.countDown();
    server.stop(0);
    serverThreads.shutdownNow();
    timer.shutdownNow();
  }

  private void take(HttpExchange exchange) throws IOException {
    try {
      key.require(exchange.getRequestHeaders().getFirst("Authorization"));
    } catch (CommandRejected e) {
      exchange.sendResponseHeaders(401, -1);
      exchange.close();
      return;
    }
    List<ConversationCommand> commands =
        CommandRelay.commands(exchange.getRequestBody().readAllBytes());
    List<Answer> answers = new ArrayList<>();
    synchronized (log) {
      requests.add(commands.size());
      if (status == 200) {
        for (ConversationCommand command : commands) {
          String id = ((SendMessage) command).content().clientMessageId();
          boolean created = !log.containsKey(id);
          long sequence = log.computeIfAbsent(id, k -> (long) log.size());
          answers.add(Answer.of(new CommandResult(command.conversation(), sequence, AT, created)));
        }
      }
    }
    try {
      held.await();
    } catch (InterruptedException e) {
      return;
    }
    if (losses.getAndDecrement() > 0) {
      exchange.close(); // done, but nobody is told
      return;
    }
    byte[] body = CommandRelay.answers(answers);
    exchange.sendResponseHeaders(status, body.length);
    if (bodiless.getAndDecrement() > 0) {
      exchange.getResponseBody().flush();
      return; // as where the connection dies, and nobody says so
    }
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private HttpCommandClient client(Duration attempt, Duration patience, int inFlight) {
    return new HttpCommandClient(
        new RelaySettings(
            URI.create("http://localhost:" + server.getAddress().getPort()),
            Duration.ofSeconds(1),
            attempt,
            patience,
            inFlight),
        key,
        Clock.systemUTC(),
        timer,
        new SimpleMeterRegistry());
  }

  private HttpCommandClient client() {
    return client(Duration.ofSeconds(3), Duration.ofSeconds(30), 1_000);
  }

  private static SendMessage message(String id) {
    return new SendMessage("c-1", "ann", AT, MessageContent.of("hello", id));
  }

  private static CommandRejected refusal(CompletableFuture<?> future) {
    try {
      future.join();
    } catch (CompletionException e) {
      return (CommandRejected) e.getCause();
    }
    throw new AssertionError("not refused");
  }

  @Test
  void commandsOfAConversationKeepTheirOrderAndShareRequests() {
    HttpCommandClient client = client(Duration.ofSeconds(30), Duration.ofSeconds(60), 1_000);
    held = new CountDownLatch(1);
    List<CompletableFuture<CommandResult>> results = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      results.add(client.send(message("m-" + i)));
    }
    held.countDown();
    for (int i = 0; i < 150; i++) {
      assertThat(results.get(i).join().sequence()).isEqualTo(i);
    }
    assertThat(requests).containsExactly(1, 64, 64, 21);
  }

  @Test
  void aLostAnswerIsAskedForAgainAndNothingIsDoubled() {
    HttpCommandClient client = client();
    losses.set(3);
    CommandResult first = client.send(message("m-1")).join();
    assertThat(first.sequence()).isZero();
    assertThat(first.created()).isFalse(); // by the first try
    assertThat(log).hasSize(1);
    assertThat(requests).hasSize(4);
  }

  @Test
  void aMessageWithoutAnIdIsGivenOne() {
    HttpCommandClient client = client();
    losses.set(2);
    client.send(new SendMessage("c-1", "ann", AT, MessageContent.of("hello"))).join();
    assertThat(log).hasSize(1);
    assertThat(log.keySet().iterator().next()).matches("[A-Za-z0-9._~-]{1,64}");
  }

  @Test
  void aServerThatIsSlowIsAskedAgain() {
    HttpCommandClient client = client(Duration.ofMillis(200), Duration.ofSeconds(30), 1_000);
    held = new CountDownLatch(1);
    CompletableFuture<CommandResult> result = client.send(message("m-1"));
    while (requestCount() < 2) {
      Thread.onSpinWait();
    }
    held.countDown();
    assertThat(result.join().sequence()).isZero();
    assertThat(log).hasSize(1);
  }

  @Test
  void anAnswerWithoutItsBodyIsAskedForAgain() {
    HttpCommandClient client = client(Duration.ofSeconds(2), Duration.ofSeconds(30), 1_000);
    bodiless.set(1);
    assertThat(client.send(message("m-1")).join().sequence()).isZero();
    assertThat(requestCount()).isGreaterThanOrEqualTo(2);
    assertThat(log).hasSize(1);
  }

  private int requestCount() {
    synchronized (log) {
      return requests.size();
    }
  }

  @Test
  void pastItsPatienceACommandIsRefusedAsUnknown() {
    HttpCommandClient client = client(Duration.ofSeconds(3), Duration.ofMillis(300), 1_000);
    status = 503;
    CommandRejected refusal = refusal(client.send(message("m-1")));
    assertThat(refusal.code()).isEqualTo(RejectionCode.UNAVAILABLE);
    assertThat(refusal).hasMessageContaining("the outcome is unknown");
    status = 200;
    assertThat(client.send(message("m-1")).join().sequence()).isZero();
  }

  @Test
  void whileTheCircuitIsOpenNothingIsTried() {
    HttpCommandClient client = client(Duration.ofSeconds(3), Duration.ofMillis(50), 1_000);
    status = 503;
    CommandRejected last = refusal(client.send(message("m-0")));
    for (int i = 1; i < 400 && !last.getMessage().contains("nothing was done"); i++) {
      last = refusal(client.send(message("m-" + i)));
    }
    assertThat(last).hasMessageContaining("nothing was done");
    assertThat(last.code()).isEqualTo(RejectionCode.UNAVAILABLE);
    int before = requestCount();
    refusal(client.send(message("more")));
    assertThat(requestCount()).isEqualTo(before);
  }

  /** Also where nothing is under way that would try. */
  @Test
  void theCircuitClosesOnceCommandsAreAnsweredAgain() {
    HttpCommandClient client = client(Duration.ofSeconds(3), Duration.ofMillis(50), 1_000);
    status = 503;
    for (int i = 0;
        !refusal(client.send(message("m-" + i))).getMessage().contains("nothing");
        i++) {
      assertThat(i).isLessThan(400);
    }
    status = 200;
    await().until(() -> !client.send(message("again")).isCompletedExceptionally());
    for (int i = 0; i < 20; i++) {
      client.send(message("after-" + i)).join();
    }
  }

  @Test
  void tooManyAreRefusedWithTheLimit() {
    HttpCommandClient client = client(Duration.ofSeconds(3), Duration.ofSeconds(30), 2);
    held = new CountDownLatch(1);
    CompletableFuture<CommandResult> first = client.send(message("m-1"));
    CompletableFuture<CommandResult> second = client.send(message("m-2"));
    CommandRejected refusal = refusal(client.send(message("m-3")));
    assertThat(refusal.code()).isEqualTo(RejectionCode.UNAVAILABLE);
    assertThat(refusal.limit()).isEqualTo("2");
    held.countDown();
    assertThat(first.join().sequence()).isZero();
    assertThat(second.join().sequence()).isEqualTo(1);
    assertThat(client.send(message("m-3")).join().sequence()).isEqualTo(2);
  }

  @Test
  void anAnswerThatIsNoneIsAnErrorAndTheNextCommandGoesOn() {
    HttpCommandClient client = client();
    status = 400;
    assertThatThrownBy(client.send(message("m-1"))::join).hasCauseInstanceOf(CommandRejected.class);
    status = 200;
    assertThat(client.send(message("m-2")).join().sequence()).isZero();
  }

  @Test
  void whereTheServicesSecretsDifferCommandsAreUnavailableAndOneLineNamesTheSetting() {
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger(KeyWatch.class);
    lines.start();
    logger.addAppender(lines);
    try {
      key = new ServiceKey("another secret of thirty-two bytes", Clock.systemUTC());
      HttpCommandClient client = client();
      key = new ServiceKey(SECRET, Clock.systemUTC());
      for (int i = 0; i < 3; i++) {
        CommandRejected refusal = refusal(client.send(message("m-" + i)));
        assertThat(refusal.code()).isEqualTo(RejectionCode.UNAVAILABLE);
        assertThat(refusal).hasMessageContaining("nothing was done");
      }
      assertThat(client.keyRefused()).isTrue();
      assertThat(lines.list).hasSize(1);
      assertThat(lines.list.get(0).getFormattedMessage()).contains("confab.services.secret");
      assertThat(log).isEmpty();
    } finally {
      logger.detachAppender(lines);
    }
  }

  @Test
  void commandSideIsAskedWhetherItTakesTheKeyUntilItDoes() {
    HttpCommandClient client = client();
    assertThat(client.keyRefused()).isFalse();
    assertThat(requests).containsExactly(0);
    assertThat(client.keyRefused()).isFalse();
    assertThat(requests).as("asked once").hasSize(1);
  }

  @Test
  void aKeyThatIsTakenAgainIsNotRefusedAnyMore() {
    HttpCommandClient client = client();
    key = new ServiceKey("another secret of thirty-two bytes", Clock.systemUTC());
    assertThat(client.keyRefused()).isTrue();
    key = new ServiceKey(SECRET, Clock.systemUTC());
    assertThat(client.keyRefused()).isFalse();
  }
}
