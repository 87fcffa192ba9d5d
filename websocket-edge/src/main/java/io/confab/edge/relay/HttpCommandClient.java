package io.confab.edge.relay;

import io.confab.edge.CommandClient;
import io.confab.edge.relay.RelayRequest.Waiting;
import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationCommand.SendReply;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import io.confab.web.CommandRelay;
import io.confab.web.CommandRelay.Answer;
import io.confab.web.ServiceKey;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands commands to a command-side over HTTP. One request of a conversation is under way at a time,
 * with all of that conversation's commands that came meanwhile, so their order holds.
 *
 * <p>A request without an answer is sent again, for as long as the settings' patience, with a
 * growing wait. No message is sent twice by that: one without a {@code clientMessageId} is given
 * one here. Every other command that a session can send (edits, deletions, reactions) changes
 * nothing the second time, but would undo a later one. So command-side begins nothing later than
 * the attempt was waited for ({@link CommandRelay#NOT_AFTER}), and a request with such commands is
 * followed, by itself or by the next, only when that time and 1 s for the difference of the clocks
 * are over, unless the attempt was answered or certainly not taken. So such a command takes effect
 * before the next one of its conversation, or never, where the clocks of edge and command-side
 * agree to within 1 s.
 *
 * <p>What remains is what does not come through here: where the same user changes the same message
 * over another edge, or over REST, while a change waits here for its answer, the change may run
 * after that one, and stands. It may until its patience and one more attempt are over.
 *
 * <p>Past the patience, the command is refused as {@code unavailable}, with the outcome unknown
 * where an attempt may have been taken.
 *
 * <p>While at least half of the last 100 requests failed, the circuit is open: new commands are
 * refused as {@code unavailable} at once, and nothing was done for them. After each second of that,
 * 10 requests are tried.
 *
 * <p>Where command-side does not take this edge's {@link ServiceKey}, commands are refused as
 * {@code unavailable}, and the log says so once a minute.
 *
 * <p>Safe for use by many threads. Futures complete on the HTTP client's threads, or on the
 * timer's.
 */
public final class HttpCommandClient implements CommandClient {
  private static final Logger LOG = LoggerFactory.getLogger(HttpCommandClient.class);

  /** How far the clocks of an edge and a command-side may be apart. */
  private static final Duration CLOCK_SKEW = Duration.ofSeconds(1);

  private static final String NOTHING_DONE =
      "Commands cannot be handed on at the moment; nothing was done";
  private static final String OUTCOME_UNKNOWN =
      "No answer in time, the outcome is unknown: send again with the same clientMessageId";
  private static final long FIRST_WAIT_MILLIS = 20;
  private static final long LONGEST_WAIT_MILLIS = 1_000;

  /** Closes by itself, for a command that comes while it is open is refused and tries nothing. */
  private static final CircuitBreakerConfig CIRCUIT =
      CircuitBreakerConfig.custom()
          .waitDurationInOpenState(Duration.ofSeconds(1))
          .automaticTransitionFromOpenToHalfOpenEnabled(true)
          .build();

  private final RelaySettings settings;
  private final ServiceKey key;
  private final Clock clock;
  private final ScheduledExecutorService timer;
  private final HttpClient http;
  private final CircuitBreaker circuit = CircuitBreaker.of("confab.commands", CIRCUIT);
  private final Counter repeated;

  private final KeyWatch keyWatch;
  private final RelayLanes lanes;

  /**
   * @param clock by which command-side is told until when it may begin a request
   * @param timer runs what is tried again
   */
  public HttpCommandClient(
      RelaySettings settings,
      ServiceKey key,
      Clock clock,
      ScheduledExecutorService timer,
      MeterRegistry registry) {
    this.settings = settings;
    this.key = key;
    this.clock = clock;
    this.timer = timer;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(settings.connectTimeout())
            .build();
    this.keyWatch = new KeyWatch(settings, key, http);
    this.lanes = new RelayLanes(settings.inFlight());
    this.repeated =
        Counter.builder("confab.edge.commands.repeated")
            .description("Requests to command-side that were sent again")
            .register(registry);
    registry.gauge("confab.edge.commands.inflight", lanes, RelayLanes::inFlight);
    registry.gauge(
        "confab.edge.commands.circuit.open",
        circuit,
        c -> c.getState() == CircuitBreaker.State.CLOSED ? 0 : 1);
  }

  @Override
  public CompletableFuture<CommandResult> send(ConversationCommand command) {
    Waiting waiting =
        new Waiting(
            named(command),
            new CompletableFuture<>(),
            System.nanoTime() + settings.patience().toNanos());
    if (circuit.getState() == CircuitBreaker.State.OPEN) {
      return CompletableFuture.failedFuture(
          new CommandRejected(RejectionCode.UNAVAILABLE, NOTHING_DONE, null, null));
    }
    RelayRequest request;
    try {
      request = lanes.enter(waiting);
    } catch (CommandRejected full) {
      return CompletableFuture.failedFuture(full);
    }
    post(request);
    return waiting.result();
  }

  /** With an id by which a second try is known. */
  private static ConversationCommand named(ConversationCommand command) {
    if (command instanceof SendMessage send) {
      return new SendMessage(send.conversation(), send.by(), send.at(), named(send.content()));
    }
    if (command instanceof SendReply reply) {
      return new SendReply(
          reply.conversation(), reply.by(), reply.at(), reply.message(), named(reply.content()));
    }
    return command;
  }

  private static MessageContent named(MessageContent content) {
    return content.clientMessageId() != null
        ? content
        : new MessageContent(
            content.body(), "edge-" + UUID.randomUUID(), content.mentions(), content.attachments());
  }

  /** Not by recursion: while the circuit is open, thousands in a row may be given up at once. */
  private void post(@Nullable RelayRequest first) {
    RelayRequest request = first;
    while (request != null && (timer.isShutdown() || !circuit.tryAcquirePermission())) {
      request = again(request, "the circuit is open");
    }
    if (request != null) {
      attempt(request);
    }
  }

  private void attempt(RelayRequest request) {
    long notAfter = clock.millis() + settings.attemptTimeout().toMillis();
    long start = System.nanoTime();
    HttpRequest post =
        HttpRequest.newBuilder(settings.url().resolve(CommandRelay.path(request.conversation)))
            .timeout(settings.attemptTimeout())
            .header("Authorization", key.authorization())
            .header("Content-Type", "application/json")
            .header(CommandRelay.NOT_AFTER, String.valueOf(notAfter))
            .POST(BodyPublishers.ofByteArray(request.body))
            .build();
    CompletableFuture<HttpResponse<byte[]>> sent = http.sendAsync(post, BodyHandlers.ofByteArray());
    var unused = sent.whenComplete((answer, failure) -> answered(request, start, answer, failure));
    endLate(sent);
  }

  /** The request's own time-out ends with the answer's headers; this one with its body. */
  private void endLate(CompletableFuture<?> sent) {
    var unused =
        sent.copy()
            .orTimeout(2 * settings.attemptTimeout().toMillis(), TimeUnit.MILLISECONDS)
            .whenComplete(
                (answer, failure) -> {
                  if (failure instanceof TimeoutException) {
                    timer.execute(() -> sent.cancel(true));
                  }
                });
  }

  private void answered(
      RelayRequest request,
      long start,
      @Nullable HttpResponse<byte[]> answer,
      @Nullable Throwable failure) {
    long now = System.nanoTime();
    long nanos = now - start;
    long open = start + settings.attemptTimeout().plus(CLOCK_SKEW).toNanos();
    if (answer == null) {
      Throwable cause = failure instanceof CompletionException e ? e.getCause() : failure;
      circuit.onError(nanos, TimeUnit.NANOSECONDS, new IOException(cause));
      if (!(cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException)) {
        request.perhapsTaken(open);
      }
      post(again(request, String.valueOf(cause)));
    } else if (answer.statusCode() == 200) {
      circuit.onSuccess(nanos, TimeUnit.NANOSECONDS);
      keyWatch.taken();
      complete(request, answer.body());
    } else if (answer.statusCode() == 429 || answer.statusCode() >= 502) {
      circuit.onError(nanos, TimeUnit.NANOSECONDS, new IOException("" + answer.statusCode()));
      request.perhapsTaken(open); // the balancer says 503 also where a command-side was lost
      post(again(request, "status " + answer.statusCode()));
    } else if (KeyWatch.refuses(answer.statusCode())) {
      circuit.onSuccess(nanos, TimeUnit.NANOSECONDS);
      keyWatch.refused(answer.statusCode());
      post(giveUp(request));
    } else {
      circuit.onSuccess(nanos, TimeUnit.NANOSECONDS);
      LOG.error("Commands for {} were answered {}", request.conversation, answer.statusCode());
      if (answer.statusCode() >= 500) {
        request.perhapsTaken(open);
      }
      post(refuse(request, RejectionCode.INTERNAL_ERROR, "The commands were not taken"));
    }
  }

  /**
   * Whether command-side refuses this edge's key, as far as is known. Where its last answers do not
   * tell, it is asked, for 1 s at most.
   */
  public boolean keyRefused() {
    return keyWatch.isRefused();
  }

  /**
   * Has the request tried once more, or gives it up.
   *
   * @return what is to be posted next, where that is now
   */
  private @Nullable RelayRequest again(RelayRequest request, String reason) {
    long millis = Math.min(FIRST_WAIT_MILLIS << Math.min(request.repeats, 10), LONGEST_WAIT_MILLIS);
    millis = ThreadLocalRandom.current().nextLong(millis / 2, millis + 1);
    long wait = Math.max(TimeUnit.MILLISECONDS.toNanos(millis), request.nanosOpen());
    if (System.nanoTime() + wait - request.deadline <= 0) {
      request.repeats++;
      try {
        var unused = timer.schedule(() -> post(request), wait, TimeUnit.NANOSECONDS);
        repeated.increment();
        return null;
      } catch (RejectedExecutionException stopping) {
        return giveUp(request);
      }
    }
    if (request.repeats > 0 || request.perhapsTaken()) { // else it only waited behind one that was
      LOG.warn("Commands for {} are given up: {}", request.conversation, reason);
    }
    return giveUp(request);
  }

  private @Nullable RelayRequest giveUp(RelayRequest request) {
    return refuse(request, RejectionCode.UNAVAILABLE, known(request, NOTHING_DONE));
  }

  /** What may be said of the commands, where the last attempt did nothing. */
  private static String known(RelayRequest request, String detail) {
    return request.perhapsTaken() ? OUTCOME_UNKNOWN : detail;
  }

  /** Returns what is to be posted next, where that is now. */
  private @Nullable RelayRequest refuse(RelayRequest request, RejectionCode code, String detail) {
    RelayRequest next = over(request);
    for (Waiting waiting : request.commands) {
      waiting.result().completeExceptionally(new CommandRejected(code, detail, null, null));
    }
    return next;
  }

  private void complete(RelayRequest request, byte[] body) {
    List<Answer> answers;
    try {
      answers = CommandRelay.answers(body);
    } catch (CommandRejected e) {
      answers = List.of();
    }
    if (answers.size() != request.commands.size()) {
      LOG.error(
          "{} commands for {} got {} answers",
          request.commands.size(),
          request.conversation,
          answers.size());
      post(refuse(request, RejectionCode.INTERNAL_ERROR, "The commands' answers cannot be read"));
      return;
    }
    post(over(request));
    for (int i = 0; i < answers.size(); i++) {
      CompletableFuture<CommandResult> result = request.commands.get(i).result();
      try {
        result.complete(answers.get(i).get());
      } catch (CommandRejected e) {
        result.completeExceptionally(refusal(request, e));
      }
    }
  }

  /** That nothing was done is true of the last attempt alone. */
  private static CommandRejected refusal(RelayRequest request, CommandRejected refusal) {
    return refusal.code() == RejectionCode.UNAVAILABLE || refusal.code() == RejectionCode.CONFLICT
        ? new CommandRejected(
            refusal.code(),
            known(request, String.valueOf(refusal.getMessage())),
            refusal.value(),
            refusal.limit())
        : refusal;
  }

  /**
   * Ends the request.
   *
   * @return what came for the conversation meanwhile, where it may be posted now; else it will be
   */
  private @Nullable RelayRequest over(RelayRequest request) {
    lanes.over(request);
    long open = request.nanosOpen();
    if (open > 0) {
      try {
        var unused =
            timer.schedule(
                () -> post(lanes.next(request.conversation)), open, TimeUnit.NANOSECONDS);
        return null;
      } catch (RejectedExecutionException stopping) {
        // given up
      }
    }
    return lanes.next(request.conversation);
  }
}
