package io.confab.edge;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;

/**
 * Writes frames straight to the connection, past Jetty's own queue of frames: a write that the
 * connection takes at once costs the system call and little else. Jetty itself writes only what
 * ends a session.
 */
final class JettySocket implements Socket {
  private final WebSocketCoreSession core;
  private final EndPoint connection;

  JettySocket(WebSocketCoreSession core) {
    this.core = core;
    this.connection = core.getConnection().getEndPoint();
  }

  @Override
  public boolean write(List<byte[]> frames, Runnable done) {
    ByteBuffer bytes = together(frames);
    try {
      if (connection.flush(bytes)) {
        return true;
      }
    } catch (IOException gone) {
      abort();
      return true;
    }
    connection.write(
        Callback.from(
            done,
            failure -> {
              abort(); // nothing may follow half a frame
              done.run();
            }),
        bytes);
    return false;
  }

  private static ByteBuffer together(List<byte[]> frames) {
    if (frames.size() == 1) {
      return ByteBuffer.wrap(frames.get(0));
    }
    int length = 0;
    for (byte[] frame : frames) {
      length += frame.length;
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    frames.forEach(bytes::put);
    return bytes.flip();
  }

  @Override
  public void close(int code, String reason) {
    core.close(code, reason, Callback.NOOP);
  }

  @Override
  public void abort() {
    core.abort();
  }
}
