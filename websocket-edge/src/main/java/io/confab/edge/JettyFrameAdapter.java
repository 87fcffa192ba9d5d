package io.confab.edge;

import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Frame;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.core.OpCode;
import org.jspecify.annotations.Nullable;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.adapter.jetty.JettyWebSocketSession;

/**
 * Between Jetty and the handler, in place of Spring's own adapter: takes frames, not messages, so
 * that what is too large, binary or not UTF-8 is refused by name before Jetty closes for it. Public
 * for Jetty's reflection.
 */
public final class JettyFrameAdapter implements Session.Listener {
  private final WebSocketHandler handler;
  private final JettyWebSocketSession spring;
  private final long frameLimit;
  private final ByteArrayOutputStream message = new ByteArrayOutputStream(0);
  private @Nullable Session jetty;
  private boolean refused;

  JettyFrameAdapter(WebSocketHandler handler, JettyWebSocketSession spring, long frameLimit) {
    this.handler = handler;
    this.spring = spring;
    this.frameLimit = frameLimit;
  }

  @Override
  public void onWebSocketOpen(Session session) {
    jetty = session;
    try {
      spring.initializeNativeSession(session);
      handler.afterConnectionEstablished(spring);
      session.demand();
    } catch (Exception e) {
      session.disconnect();
      throw new IllegalStateException("The session could not be opened", e);
    }
  }

  @Override
  public void onWebSocketFrame(Frame frame, Callback callback) {
    Session session = jetty;
    if (session == null) {
      callback.fail(new IllegalStateException("not open"));
      return;
    }
    if (frame.getOpCode() == OpCode.CLOSE) {
      callback.succeed();
      return;
    }
    StompSession stomp = StompWebSocketHandler.session(spring);
    try {
      if (frame.getOpCode() == OpCode.PING) {
        if (stomp != null) {
          stomp.pong(frame.getPayload());
        }
      } else if (frame.getOpCode() != OpCode.PONG && !refused) {
        data(frame);
      }
    } catch (Exception e) {
      refuse(e);
    }
    callback.succeed();
    if (stomp == null) {
      session.demand();
    } else {
      stomp.whenRoom(session::demand);
    }
  }

  private void data(Frame frame) throws Exception {
    if (frame.getEffectiveOpCode() == OpCode.BINARY) {
      throw new CommandRejected(
          RejectionCode.UNSUPPORTED_MEDIA_TYPE,
          "Binary messages are not supported",
          "a binary message",
          "text messages");
    }
    ByteBuffer payload = frame.getPayload();
    long size = (long) message.size() + payload.remaining();
    if (size > frameLimit) {
      throw new CommandRejected(
          RejectionCode.FRAME_TOO_LARGE,
          "The WebSocket message is too large",
          size + " bytes or more",
          frameLimit + " bytes");
    }
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    if (!frame.isFin() || message.size() > 0) {
      message.writeBytes(bytes);
      if (!frame.isFin()) {
        return;
      }
      bytes = message.toByteArray();
      message.reset();
    }
    requireUtf8(bytes);
    handler.handleMessage(spring, new TextMessage(bytes));
  }

  private static void requireUtf8(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
    } catch (CharacterCodingException e) {
      throw new CommandRejected(
          RejectionCode.MALFORMED_REQUEST, "The message is not UTF-8", null, "UTF-8");
    }
  }

  /** What the client still sends is read, so that its close is, and thrown away. */
  private void refuse(Exception failure) {
    refused = true;
    try {
      handler.handleTransportError(spring, failure);
    } catch (Exception e) {
      spring.getNativeSession().disconnect();
    }
  }

  @Override
  public void onWebSocketClose(int code, String reason, Callback callback) {
    callback.succeed();
    try {
      handler.afterConnectionClosed(spring, new CloseStatus(code, reason));
    } catch (Exception e) {
      throw new IllegalStateException("The session could not be closed", e);
    }
  }

  @Override
  public void onWebSocketError(Throwable failure) {
    try {
      handler.handleTransportError(spring, failure);
    } catch (Exception e) {
      throw new IllegalStateException("The failure could not be handled", e);
    }
  }
}
