package io.confab.query;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.confab.events.EncodedEvent;
import io.confab.events.EventLog;
import io.confab.query.ConversationAccess.Admission;
import io.confab.query.Page.Window;
import io.confab.web.Caller;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** The log of one conversation, read from the event store: consecutive, each envelope verbatim. */
@RestController
final class EventsController {
  static final int DEFAULT_LIMIT = 200;
  private static final int CHUNK = 50;
  private static final JsonMapper MAPPER = new JsonMapper();

  private final ConversationAccess access;
  private final EventLog log;

  EventsController(ConversationAccess access, EventLog log) {
    this.access = access;
    this.log = log;
  }

  @GetMapping("/api/conversations/{conversation}/events")
  void events(
      Caller caller,
      HttpServletRequest request,
      @PathVariable String conversation,
      HttpServletResponse response)
      throws IOException {
    Parameters parameters = new Parameters(request);
    parameters.atMostOneOf("from", "before", "after");
    int limit = parameters.limit(DEFAULT_LIMIT, Page.MAX_LIMIT);
    Long requested = parameters.sequence("from");
    Long before = parameters.sequence("before");
    Long after = parameters.after();
    Admission admission = access.enter(caller, request, conversation, false);
    long end = admission.head() + 1;
    Collection<byte[]> envelopes;
    long from;
    if (before != null) {
      long to = Math.min(before, end);
      envelopes = readBefore(conversation, to, Math.min(limit, to));
      from = to - envelopes.size();
    } else {
      from = after != null ? Math.min(after, admission.head()) + 1 : 0;
      from = requested != null ? Math.min(requested, end) : from;
      envelopes = read(conversation, from, Math.min(limit, end - from));
    }
    long to = from + envelopes.size() - 1;
    byte[] head = "{\"items\":[".getBytes(UTF_8);
    byte[] tail =
        ("],\"page\":" + MAPPER.writeValueAsString(Window.of(admission.head(), from, to)) + "}")
            .getBytes(UTF_8);
    response.setContentType(MediaType.APPLICATION_JSON_VALUE);
    response.setContentLength(length(head, envelopes, tail));
    OutputStream out = response.getOutputStream();
    out.write(head);
    boolean first = true;
    for (byte[] envelope : envelopes) {
      if (!first) {
        out.write(',');
      }
      first = false;
      out.write(envelope);
    }
    out.write(tail);
  }

  /** At most {@code count} envelopes and, but for the last, less than {@link Page#MAX_BYTES}. */
  private List<byte[]> read(String conversation, long from, long count) {
    List<byte[]> envelopes = new ArrayList<>();
    long bytes = 0;
    while (envelopes.size() < count && bytes < Page.MAX_BYTES) {
      long chunk = Math.min(CHUNK, count - envelopes.size());
      for (EncodedEvent event : chunk(conversation, from + envelopes.size(), chunk)) {
        if (bytes >= Page.MAX_BYTES) {
          break;
        }
        envelopes.add(event.envelope());
        bytes += event.envelope().length;
      }
    }
    return envelopes;
  }

  /** The same, backwards from {@code end}, which is not included; the answer is in log order. */
  private Deque<byte[]> readBefore(String conversation, long end, long count) {
    Deque<byte[]> envelopes = new ArrayDeque<>();
    long bytes = 0;
    while (envelopes.size() < count && bytes < Page.MAX_BYTES) {
      long chunk = Math.min(CHUNK, count - envelopes.size());
      List<EncodedEvent> events = chunk(conversation, end - envelopes.size() - chunk, chunk);
      for (int i = events.size() - 1; i >= 0 && bytes < Page.MAX_BYTES; i--) {
        envelopes.addFirst(events.get(i).envelope());
        bytes += events.get(i).envelope().length;
      }
    }
    return envelopes;
  }

  /** Exactly {@code count} events, all of them at or below the head. */
  private List<EncodedEvent> chunk(String conversation, long from, long count) {
    List<EncodedEvent> events = new ArrayList<>();
    while (events.size() < count) {
      List<EncodedEvent> read =
          log.read(conversation, from + events.size(), (int) count - events.size());
      if (read.isEmpty()) {
        throw new IllegalStateException(
            "the log of " + conversation + " ends below its head, at " + (from + events.size()));
      }
      events.addAll(read);
    }
    return events;
  }

  private static int length(byte[] head, Collection<byte[]> envelopes, byte[] tail) {
    int length = head.length + tail.length + Math.max(0, envelopes.size() - 1);
    for (byte[] envelope : envelopes) {
      length += envelope.length;
    }
    return length;
  }
}
