package io.confab.edge;

import io.confab.events.CommandRejected;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.common.WebSocketSession;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.SubProtocolCapable;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.adapter.NativeWebSocketSession;

/** Opens a {@link StompSession} for each WebSocket and hands it what comes in. */
final class StompWebSocketHandler implements WebSocketHandler, SubProtocolCapable {
  /** The one subprotocol. */
  static final String SUBPROTOCOL = "v12.stomp";

  private static final Logger LOG = LoggerFactory.getLogger(StompWebSocketHandler.class);
  private static final String SESSION = StompSession.class.getName();

  private final Sessions sessions;
  private final EdgePorts ports;
  private final EdgeSettings settings;
  private final SubscriptionIndex index;
  private final CatchUp catchUp;
  private final EdgeMetrics metrics;
  private final Executor flush;

  StompWebSocketHandler(
      Sessions sessions,
      EdgePorts ports,
      EdgeSettings settings,
      SubscriptionIndex index,
      CatchUp catchUp,
      EdgeMetrics metrics,
      Executor flush) {
    this.sessions = sessions;
    this.ports = ports;
    this.settings = settings;
    this.index = index;
    this.catchUp = catchUp;
    this.metrics = metrics;
    this.flush = flush;
  }

  @Override
  public List<String> getSubProtocols() {
    return List.of(SUBPROTOCOL);
  }

  @Override
  public void afterConnectionEstablished(
      org.springframework.web.socket.WebSocketSession webSocket) {
    Session jetty = ((NativeWebSocketSession) webSocket).getNativeSession(Session.class);
    if (!(jetty instanceof WebSocketSession session)) {
      throw new IllegalStateException("Jetty's own session is needed, not " + jetty);
    }
    Duration idle = settings.idleTimeout();
    session.setIdleTimeout(idle);
    if (!(session.getCoreSession() instanceof WebSocketCoreSession core)) {
      throw new IllegalStateException("Jetty's own session is needed, not " + session);
    }
    JettySocket socket = new JettySocket(core);
    StompSession stomp =
        new StompSession(
            new Outbound(socket, flush, settings), ports, settings, index, catchUp, metrics);
    webSocket.getAttributes().put(SESSION, stomp);
    sessions.opened(stomp);
  }

  @Override
  public void handleMessage(
      org.springframework.web.socket.WebSocketSession webSocket, WebSocketMessage<?> message) {
    StompSession session = session(webSocket);
    if (session != null && message instanceof TextMessage text) {
      session.receive(text.asBytes());
    }
  }

  /** A {@link CommandRejected} says what was wrong with the client's data. */
  @Override
  public void handleTransportError(
      org.springframework.web.socket.WebSocketSession webSocket, Throwable failure) {
    StompSession session = session(webSocket);
    if (session == null) {
      return;
    }
    if (failure instanceof CommandRejected rejection) {
      session.fail(null, rejection);
    } else if (failure instanceof RuntimeException) {
      LOG.error("A frame could not be handled", failure);
      session.fail(null, StompSession.internalError());
    } else {
      LOG.debug("A connection failed", failure);
    }
  }

  @Override
  public void afterConnectionClosed(
      org.springframework.web.socket.WebSocketSession webSocket, CloseStatus status) {
    StompSession session = session(webSocket);
    if (session != null) {
      sessions.closed(session, status.getCode());
    }
  }

  @Override
  public boolean supportsPartialMessages() {
    return false;
  }

  /** The session of an opened WebSocket. */
  static @Nullable StompSession session(org.springframework.web.socket.WebSocketSession webSocket) {
    return (StompSession) webSocket.getAttributes().get(SESSION);
  }
}
