package io.confab.web;

import io.confab.events.CommandRejected;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Makes the {@link Caller} of a bearer token the request's principal, by the same {@link
 * Authenticator} that STOMP uses. A token that is sent must be good, also where none is needed. Not
 * on the paths between services, which have tokens of their own ({@link ServiceKey}).
 */
final class BearerTokenFilter extends OncePerRequestFilter {
  private final Authenticator authenticator;

  BearerTokenFilter(Authenticator authenticator) {
    this.authenticator = authenticator;
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return request.getRequestURI().startsWith(CommandRelay.INTERNAL);
  }

  @Override
  protected boolean shouldNotFilterAsyncDispatch() {
    return false;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
    if (authorization != null) {
      Caller caller;
      try {
        caller = authenticator.authenticate(authorization).caller();
      } catch (CommandRejected rejection) {
        ProblemResponses.write(response, Problem.of(rejection));
        return;
      }
      SecurityContext context = SecurityContextHolder.createEmptyContext();
      context.setAuthentication(
          UsernamePasswordAuthenticationToken.authenticated(
              caller,
              null,
              AuthorityUtils.createAuthorityList(
                  caller.roles().stream().map(Caller.Role::wireName).toList())));
      SecurityContextHolder.setContext(context);
    }
    chain.doFilter(request, response);
  }
}
