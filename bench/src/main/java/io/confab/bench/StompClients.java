package io.confab.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Many STOMP sessions over WebSocket, all read by the one thread that calls {@link #read}. Knows of
 * the protocols what a measurement needs, so that it costs a fraction of what it measures. What the
 * server does not accept, and a connection that it closes, are exceptions.
 */
final class StompClients {
  private static final int BUFFER_BYTES = 1 << 18;

  private final Selector selector;
  private final Listener listener;
  private final byte[] bytes = new byte[BUFFER_BYTES];
  private final ByteBuffer buffer = ByteBuffer.wrap(bytes);

  /** Is told of each STOMP frame, by the reading thread; the bytes are valid until it returns. */
  interface Listener {
    void connected(Session session) throws IOException;

    void message(Session session, byte[] bytes, int start, int length);

    void receipt(Session session, byte[] bytes, int start, int length);
  }

  private enum State {
    UPGRADING,
    CONNECTING,
    OPEN
  }

  /** A WebSocket; {@code rest} is the start of a frame whose end has not come yet. */
  static final class Session {
    final int group;
    private final SocketChannel channel;
    private final @Nullable String token;
    private State state = State.UPGRADING;
    private byte @Nullable [] rest;

    private Session(SocketChannel channel, int group, @Nullable String token) {
      this.channel = channel;
      this.group = group;
      this.token = token;
    }
  }

  StompClients(Listener listener) throws IOException {
    this.listener = listener;
    this.selector = Selector.open();
  }

  /** Opens a session; {@code group} and {@code token} (null: none) are the caller's. */
  Session open(int port, int group, @Nullable String token) throws IOException {
    SocketChannel channel =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    Session session = new Session(channel, group, token);
    channel.register(selector, SelectionKey.OP_READ, session);
    write(
        channel,
        ("GET /ws HTTP/1.1\r\nHost: localhost:"
                + port
                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Protocol: v12.stomp\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    return session;
  }

  /** Reads what has come on any connection, and waits for it at most so long. */
  void read(long nanos) throws IOException {
    long millis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
    selector.select(
        key -> {
          try {
            read((Session) key.attachment());
          } catch (IOException e) {
            throw new IllegalStateException("a connection failed", e);
          }
        },
        millis);
  }

  private void read(Session session) throws IOException {
    buffer.clear();
    if (session.rest != null) {
      buffer.put(session.rest);
      session.rest = null;
    }
    if (session.channel.read(buffer) < 0) {
      throw new IOException("the server closed a connection");
    }
    int end = buffer.position();
    int start = 0;
    if (session.state == State.UPGRADING) {
      start = upgraded(session, end);
    }
    if (session.state != State.UPGRADING) {
      for (int next = frame(session, start, end); next > start; ) {
        start = next;
        next = frame(session, start, end);
      }
    }
    if (start < end) {
      session.rest = Arrays.copyOfRange(bytes, start, end);
    }
  }

  /** Where the response to the upgrade ends, or 0 while it has not. */
  private int upgraded(Session session, int end) throws IOException {
    String head = new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
    int blank = head.indexOf("\r\n\r\n");
    if (blank < 0) {
      return 0;
    }
    if (!head.startsWith("HTTP/1.1 101")) {
      throw new IOException("not upgraded: " + head);
    }
    session.state = State.CONNECTING;
    String authorization =
        session.token == null ? "" : "Authorization:Bearer " + session.token + "\n";
    send(
        session,
        ("CONNECT\naccept-version:1.2\nhost:localhost\nheart-beat:0,0\n" + authorization + "\n\0")
            .getBytes(StandardCharsets.UTF_8));
    return blank + 4;
  }

  /** Takes the frame at {@code start} and returns its end, or {@code start} while it has none. */
  private int frame(Session session, int start, int end) throws IOException {
    if (end - start < 2) {
      return start;
    }
    int length = bytes[start + 1] & 0x7f;
    int payload = start + 2;
    if (length == 126) {
      if (end - start < 4) {
        return start;
      }
      length = (bytes[start + 2] & 0xff) << 8 | bytes[start + 3] & 0xff;
      payload = start + 4;
    } else if (length == 127) {
      throw new IOException("a frame of over 64 KiB");
    }
    if (end - payload < length) {
      return start;
    }
    switch (bytes[start] & 0x0f) {
      case 1 -> stomp(session, payload, length);
      case 8 ->
          throw new IOException(
              "the server closed a connection with "
                  + new String(bytes, payload, length, StandardCharsets.UTF_8));
      default -> throw new IOException("a frame with opcode " + (bytes[start] & 0x0f));
    }
    return payload + length;
  }

  private void stomp(Session session, int start, int length) throws IOException {
    switch (bytes[start]) {
      case 'M' -> listener.message(session, bytes, start, length);
      case 'R' -> listener.receipt(session, bytes, start, length);
      case 'C' -> {
        session.state = State.OPEN;
        listener.connected(session);
      }
      case '\n' -> {}
      default ->
          throw new IOException(
              "a frame that is not expected: "
                  + new String(bytes, start, length, StandardCharsets.UTF_8));
    }
  }

  /** One text frame, masked with zero. */
  static void send(Session session, byte[] payload) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(payload.length + 8);
    frame.put((byte) 0x81);
    if (payload.length < 126) {
      frame.put((byte) (0x80 | payload.length));
    } else {
      frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
    }
    frame.putInt(0).put(payload);
    write(session.channel, Arrays.copyOf(frame.array(), frame.position()));
  }

  private static void write(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      channel.write(rest);
    }
  }
}
