package io.confab.query;

import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import io.confab.web.Caller;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a request down before it is answered, or refuses it. */
final class ReadAudit {
  private static final Logger LOG = LoggerFactory.getLogger(ReadAudit.class);

  private final AuditLog log;
  private final Clock clock;

  ReadAudit(AuditLog log, Clock clock) {
    this.log = log;
    this.clock = clock;
  }

  /**
   * @throws CommandRejected {@code unavailable} where it could not be written down
   */
  void record(Caller caller, HttpServletRequest request, @Nullable String conversation) {
    String query = request.getQueryString();
    String path = request.getRequestURI() + (query == null ? "" : "?" + query);
    try {
      log.record(new AuditLog.Read(clock.instant(), caller.user(), path, conversation));
    } catch (IOException e) {
      LOG.error(
          "The audit log cannot be written; reads that need it are refused: {}", e.toString());
      throw new CommandRejected(
          RejectionCode.UNAVAILABLE,
          "This read must be written to the audit log, which cannot be written now",
          null,
          null);
    }
  }
}
