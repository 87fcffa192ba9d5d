package io.confab.web;

import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.filter.OncePerRequestFilter;

/** Refuses a request body over the limit before anything parses it, declared or streamed. */
final class RequestSizeFilter extends OncePerRequestFilter {
  private final long limit;

  /**
   * @param limit in bytes
   */
  RequestSizeFilter(long limit) {
    this.limit = limit;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (request.getContentLengthLong() > limit) {
      ProblemResponses.write(
          response, Problem.of(tooLarge(request.getContentLengthLong() + " bytes")));
      return;
    }
    chain.doFilter(new Bounded(request), response);
  }

  private CommandRejected tooLarge(String value) {
    return new CommandRejected(
        RejectionCode.BODY_TOO_LARGE, "The request's body is too large", value, limit + " bytes");
  }

  private final class Bounded extends HttpServletRequestWrapper {
    Bounded(HttpServletRequest request) {
      super(request);
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
      ServletInputStream in = super.getInputStream();
      return new ServletInputStream() {
        private long read;

        private int count(int bytes) {
          read += Math.max(bytes, 0);
          if (read > limit) {
            throw tooLarge("over " + limit + " bytes");
          }
          return bytes;
        }

        @Override
        public int read() throws IOException {
          int value = in.read();
          count(value < 0 ? 0 : 1);
          return value;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
          return count(in.read(into, offset, length));
        }

        @Override
        public boolean isFinished() {
          return in.isFinished();
        }

        @Override
        public boolean isReady() {
          return in.isReady();
        }

        @Override
        public void setReadListener(ReadListener listener) {
          in.setReadListener(listener);
        }
      };
    }
  }
}
