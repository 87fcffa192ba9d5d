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
import java.util.ArrayList;
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
  static final int MAX_LIMIT = 1000;

  /** A page ends behind the event with which its envelopes reach this size. */
  static final int PAGE_BYTES = 4 << 20;

  private static final int CHUNK = 100;
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
    int limit = parameters.limit(DEFAULT_LIMIT, MAX_LIMIT);
    Long requested = parameters.sequence("from");
    Admission admission = access.enter(caller, request, conversation, false);
    long from = requested == null ? 0 : Math.min(requested, admission.head() + 1);
    List<byte[]> envelopes = read(conversation, from, Math.min(limit, admission.head() + 1 - from));
    long to = from + envelopes.size() - 1;
    byte[] head = "{\"items\":[".getBytes(UTF_8);
    byte[] tail =
        ("],\"page\":" + MAPPER.writeValueAsString(Window.of(admission.head(), from, to)) + "}")
            .getBytes(UTF_8);
    response.setContentType(MediaType.APPLICATION_JSON_VALUE);
    response.setContentLength(length(head, envelopes, tail));
    OutputStream out = response.getOutputStream();
    out.write(head);
    for (int i = 0; i < envelopes.size(); i++) {
      if (i > 0) {
        out.write(',');
      }
      out.write(envelopes.get(i));
    }
    out.write(tail);
  }

  /** At most {@code count} envelopes and, but for the last, less than {@link #PAGE_BYTES}. */
  private List<byte[]> read(String conversation, long from, long count) {
    List<byte[]> envelopes = new ArrayList<>();
    long bytes = 0;
    while (envelopes.size() < count && bytes < PAGE_BYTES) {
      int chunk = (int) Math.min(CHUNK, count - envelopes.size());
      List<EncodedEvent> events = log.read(conversation, from + envelopes.size(), chunk);
      if (events.isEmpty()) {
        throw new IllegalStateException(
            "the log of " + conversation + " ends below its head, at " + from + envelopes.size());
      }
      for (EncodedEvent event : events) {
        if (bytes >= PAGE_BYTES) {
          break;
        }
        envelopes.add(event.envelope());
        bytes += event.envelope().length;
      }
    }
    return envelopes;
  }

  private static int length(byte[] head, List<byte[]> envelopes, byte[] tail) {
    int length = head.length + tail.length + Math.max(0, envelopes.size() - 1);
    for (byte[] envelope : envelopes) {
      length += envelope.length;
    }
    return length;
  }
}
