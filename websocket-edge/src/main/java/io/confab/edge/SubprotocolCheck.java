package io.confab.edge;

import io.confab.events.RejectionCode;
import io.confab.web.Problem;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.util.StringUtils;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.WebSocketHttpHeaders;
import org.springframework.web.socket.server.HandshakeInterceptor;

/**
 * Refuses the upgrade of a client that offers subprotocols, but not ours. One that offers none is
 * taken: it says what it speaks in CONNECT.
 */
final class SubprotocolCheck implements HandshakeInterceptor {

  @Override
  public boolean beforeHandshake(
      ServerHttpRequest request,
      ServerHttpResponse response,
      WebSocketHandler handler,
      Map<String, Object> attributes)
      throws IOException {
    List<String> offered =
        request.getHeaders().getOrEmpty(WebSocketHttpHeaders.SEC_WEBSOCKET_PROTOCOL).stream()
            .flatMap(line -> StringUtils.commaDelimitedListToSet(line).stream())
            .map(String::strip)
            .toList();
    if (offered.isEmpty() || offered.contains(StompWebSocketHandler.SUBPROTOCOL)) {
      return true;
    }
    Problem problem =
        Problem.of(
            RejectionCode.INVALID_VALUE,
            "The WebSocket subprotocols that are offered do not hold the one that is spoken here",
            String.join(", ", offered),
            StompWebSocketHandler.SUBPROTOCOL);
    response.setStatusCode(HttpStatus.BAD_REQUEST);
    response.getHeaders().set("Content-Type", Problem.MEDIA_TYPE);
    response.getBody().write(problem.json());
    return false;
  }

  @Override
  public void afterHandshake(
      ServerHttpRequest request,
      ServerHttpResponse response,
      WebSocketHandler handler,
      @Nullable Exception failure) {}
}
