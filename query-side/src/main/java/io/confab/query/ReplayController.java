package io.confab.query;

import io.confab.events.CommandRejected;
import io.confab.events.EncodedEvent;
import io.confab.events.EventLog;
import io.confab.events.EventType;
import io.confab.events.RejectionCode;
import io.confab.query.EventReplay.Replay;
import io.confab.web.Caller;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The log of all conversations as lines of JSON, envelopes verbatim, up to where it ended when the
 * request came in. Audited.
 *
 * <p>Runs on the request's thread: a slow reader blocks it and so holds the reading back. How many
 * run at a time is bounded. A reading that fails half-way cuts the connection, so that a client
 * does not take a part for the whole: the chunked body then lacks its end.
 */
@RestController
final class ReplayController {
  private final EventReplay source;
  private final EventLog log;
  private final ReadAudit audit;
  private final int atATime;
  private final Semaphore permits;

  ReplayController(EventReplay source, EventLog log, ReadAudit audit, int atATime) {
    this.source = source;
    this.log = log;
    this.audit = audit;
    this.atATime = atATime;
    this.permits = new Semaphore(atATime);
  }

  @GetMapping("/api/events")
  void replay(Caller caller, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    caller.require(Caller.Role.ANALYST);
    Parameters parameters = new Parameters(request);
    Instant since = parameters.instant("since");
    Instant until = parameters.instant("until");
    if (since != null && until != null && !until.isAfter(since)) {
      throw Parameters.invalid("until", until.toString(), "a time after since, " + since);
    }
    Set<EventType> types = types(parameters);
    String conversation = parameters.id("conversation");
    if (conversation != null && log.head(conversation) < 0) {
      throw new CommandRejected(
          RejectionCode.UNKNOWN_CONVERSATION, "There is no such conversation", conversation, null);
    }
    if (!permits.tryAcquire()) {
      throw new CommandRejected(
          RejectionCode.RATE_LIMITED,
          "As many replays as may run at a time are running",
          atATime + 1,
          atATime + " at a time");
    }
    try (Replay replay = source.open(since, until)) {
      audit.record(caller, request, conversation);
      response.setContentType(MediaType.APPLICATION_NDJSON_VALUE);
      write(replay, types, conversation, response);
    } finally {
      permits.release();
    }
  }

  private static void write(
      Replay replay,
      Set<EventType> types,
      @Nullable String conversation,
      HttpServletResponse response)
      throws IOException {
    OutputStream out = response.getOutputStream();
    EncodedEvent event;
    while ((event = next(replay, response)) != null) {
      if (types.contains(event.type())
          && (conversation == null || conversation.equals(event.conversation()))) {
        out.write(event.envelope());
        out.write('\n');
      }
    }
  }

  private static @Nullable EncodedEvent next(Replay replay, HttpServletResponse response) {
    try {
      return replay.next();
    } catch (RuntimeException e) {
      if (response.isCommitted()) {
        throw new BrokenReplayException(e);
      }
      response.reset();
      throw e;
    }
  }

  /** Lets the container cut the connection: no answer can be given behind half an answer. */
  @ExceptionHandler
  void cut(BrokenReplayException broken) {
    throw broken;
  }

  private static Set<EventType> types(Parameters parameters) {
    Set<EventType> types = EnumSet.noneOf(EventType.class);
    for (String name : parameters.texts("type")) {
      EventType type = EventType.ofWireName(name);
      if (type == null) {
        throw Parameters.invalid(
            "type",
            name,
            "any of " + Arrays.stream(EventType.values()).map(EventType::wireName).toList());
      }
      types.add(type);
    }
    return types.isEmpty() ? EnumSet.allOf(EventType.class) : types;
  }

  private static final class BrokenReplayException extends RuntimeException {
    BrokenReplayException(RuntimeException cause) {
      super("a replay failed after its first bytes were sent", cause);
    }
  }
}
