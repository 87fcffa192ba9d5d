package io.confab.edge;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.ee11.websocket.server.JettyWebSocketServerContainer;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.http.server.ServletServerHttpResponse;
import org.springframework.web.socket.WebSocketExtension;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.adapter.jetty.JettyWebSocketSession;
import org.springframework.web.socket.server.HandshakeFailureException;
import org.springframework.web.socket.server.RequestUpgradeStrategy;

/**
 * Upgrades with Jetty, without extensions: compression would build each frame anew for each
 * session, where a frame is now built once for all.
 */
final class JettyUpgrade implements RequestUpgradeStrategy {
  private final long frameLimit;

  JettyUpgrade(long frameLimit) {
    this.frameLimit = frameLimit;
  }

  @Override
  public String[] getSupportedVersions() {
    return new String[] {"13"};
  }

  @Override
  public List<WebSocketExtension> getSupportedExtensions(ServerHttpRequest request) {
    return List.of();
  }

  @Override
  public void upgrade(
      ServerHttpRequest request,
      ServerHttpResponse response,
      @Nullable String protocol,
      List<WebSocketExtension> extensions,
      @Nullable Principal user,
      WebSocketHandler handler,
      Map<String, Object> attributes) {
    HttpServletRequest servletRequest = ((ServletServerHttpRequest) request).getServletRequest();
    HttpServletResponse servletResponse =
        ((ServletServerHttpResponse) response).getServletResponse();
    JettyWebSocketServerContainer container =
        JettyWebSocketServerContainer.getContainer(servletRequest.getServletContext());
    try {
      container.upgrade(
          (upgradeRequest, upgradeResponse) -> {
            upgradeResponse.setAcceptedSubProtocol(protocol);
            upgradeResponse.setExtensions(List.of());
            return new JettyFrameAdapter(
                handler, new JettyWebSocketSession(attributes, user), frameLimit);
          },
          servletRequest,
          servletResponse);
    } catch (IOException e) {
      throw new HandshakeFailureException("The upgrade failed", e);
    }
  }
}
