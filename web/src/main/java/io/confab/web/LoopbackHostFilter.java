package io.confab.web;

import io.confab.events.RejectionCode;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses requests that were not sent to this machine by its own name. A page from elsewhere can
 * have its host name resolve to loopback, and then call a server that signs tokens for anybody as
 * if it were its own; but its {@code Host} is that name still.
 */
final class LoopbackHostFilter extends OncePerRequestFilter {
  private static final Pattern LOOPBACK =
      Pattern.compile(
          "(localhost|127(\\.[0-9]{1,3}){3}|\\[::1])(:[0-9]{1,5})?", Pattern.CASE_INSENSITIVE);

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    @Nullable String host = request.getHeader(HttpHeaders.HOST);
    if (host == null || !LOOPBACK.matcher(host).matches()) {
      ProblemResponses.write(
          response,
          Problem.of(
              RejectionCode.FORBIDDEN,
              "A server that signs its own tokens answers to names of its own machine only",
              host,
              "Host: localhost, 127.0.0.0/8 or [::1], with any port"));
      return;
    }
    chain.doFilter(request, response);
  }
}
