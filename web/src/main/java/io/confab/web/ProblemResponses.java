package io.confab.web;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Writes problems where no controller does. */
final class ProblemResponses {
  private ProblemResponses() {}

  static void write(HttpServletResponse response, Problem problem) throws IOException {
    if (response.isCommitted()) {
      return;
    }
    response.resetBuffer();
    response.setStatus(problem.status());
    problem.headers().forEach(response::setHeader);
    byte[] json = problem.json();
    response.setContentLength(json.length);
    response.getOutputStream().write(json);
  }
}
