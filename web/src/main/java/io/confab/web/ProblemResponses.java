package io.confab.web;

import io.confab.events.RejectionCode;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpHeaders;

/** Writes problems where no controller does. */
final class ProblemResponses {
  private ProblemResponses() {}

  static void write(HttpServletResponse response, Problem problem) throws IOException {
    if (response.isCommitted()) {
      return;
    }
    response.resetBuffer();
    response.setStatus(problem.status());
    response.setContentType(Problem.MEDIA_TYPE);
    if (problem.status() == RejectionCode.UNAUTHENTICATED.status()) {
      response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
    }
    byte[] json = problem.json();
    response.setContentLength(json.length);
    response.getOutputStream().write(json);
  }
}
