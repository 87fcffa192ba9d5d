package io.confab.web;

import java.nio.ByteBuffer;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** What Jetty refuses before any filter sees it leaves as a {@link Problem} too, not as a page. */
final class ProblemErrorHandler extends ErrorHandler {

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Problem problem = Problem.ofStatus(response.getStatus());
    problem.headers().forEach(response.getHeaders()::put);
    response.write(true, ByteBuffer.wrap(problem.json()), callback);
    return true;
  }
}
