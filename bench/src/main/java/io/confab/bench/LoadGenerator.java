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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The subscribers of one topic and its one publisher, in a process of their own. One thread reads
 * all connections; of a MESSAGE it looks for the time of sending and at nothing else, so that it
 * costs a fraction of what it measures. Times are of the machine's monotonic clock.
 */
public final class LoadGenerator {
  private static final int BUFFER_BYTES = 1 << 18;
  private static final int OPENING_AT_ONCE = 64;
  private static final long HIGHEST_MICROS = TimeUnit.MINUTES.toMicros(2);
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** In front of the 19 digits of the time in a body; nothing else in a frame holds it. */
  private static final byte MARK = '#';

  private static final int DIGITS = 19;

  private final Selector selector;
  private final byte[] bytes = new byte[BUFFER_BYTES];
  private final ByteBuffer buffer = ByteBuffer.wrap(bytes);
  private final Histogram latencies = new Histogram(HIGHEST_MICROS, 3);
  private long received;
  private int subscribed;

  private final JsonNode target;
  private final List<Connection> connections = new ArrayList<>();

  private enum State {
    UPGRADING,
    CONNECTING,
    OPEN
  }

  /** A WebSocket; {@code rest} is the start of a frame whose end has not come yet. */
  private static final class Connection {
    final SocketChannel channel;
    final @Nullable String token;
    final boolean subscriber;
    State state = State.UPGRADING;
    byte @Nullable [] rest;

    Connection(SocketChannel channel, @Nullable String token, boolean subscriber) {
      this.channel = channel;
      this.token = token;
      this.subscriber = subscriber;
    }
  }

  private LoadGenerator(JsonNode target) throws IOException {
    this.target = target;
    this.selector = Selector.open();
  }

  /**
   * Questions: {@code connect} with {@code port}, {@code subscribers}, {@code topic}, {@code
   * tokens} (may be empty) and of what is published {@code destination}, {@code headers} and the
   * body's {@code prefix} and {@code suffix}; {@code publish} with {@code messages}, {@code burst}
   * (how many at once) and {@code pauseMillis} between two bursts.
   */
  public static void main(String[] arguments) {
    LoadGenerator[] generator = new LoadGenerator[1];
    Child.serve(
        null,
        question -> {
          if (question.get("do").stringValue().equals("connect")) {
            generator[0] = new LoadGenerator(question);
            return generator[0].connect();
          }
          return generator[0].publish(
              question.get("messages").intValue(),
              question.get("burst").intValue(),
              question.get("pauseMillis").intValue());
        });
  }

  private ObjectNode connect() throws IOException {
    int subscribers = target.get("subscribers").intValue();
    JsonNode tokens = target.get("tokens");
    int opened = 0;
    while (subscribed < subscribers || connections.get(0).state != State.OPEN) {
      while (opened <= subscribers && opened - subscribed < OPENING_AT_ONCE) {
        String token = tokens.isEmpty() ? null : tokens.get(opened).stringValue();
        open(token, opened > 0);
        opened++;
      }
      read(PATIENCE_NANOS);
    }
    awaitAllSubscribed(subscribers);
    return Child.JSON.createObjectNode().put("connected", subscribed);
  }

  /** Not every broker answers a SUBSCRIBE, so a message that reaches all shows that all are in. */
  private void awaitAllSubscribed(int subscribers) throws IOException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    do {
      received = 0;
      send(connections.get(0), message());
      long pause = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
      while (received < subscribers && System.nanoTime() < pause) {
        read(pause - System.nanoTime());
      }
    } while (received < subscribers && System.nanoTime() < end);
    if (received < subscribers) {
      throw new IOException(received + " of " + subscribers + " subscribers got a message");
    }
    long quiet = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
    while (System.nanoTime() < quiet) {
      read(quiet - System.nanoTime());
    }
  }

  private ObjectNode publish(int messages, int burst, int pauseMillis)
      throws IOException, InterruptedException {
    received = 0;
    latencies.reset();
    long expected = (long) messages * subscribed;
    ProcessHandle self = ProcessHandle.current();
    long cpu = Child.cpu(self).toNanos();
    long start = System.nanoTime();
    Thread publisher = new Thread(() -> publishInto(messages, burst, pauseMillis), "publisher");
    publisher.start();
    long end = start + TimeUnit.MILLISECONDS.toNanos((long) messages / burst * pauseMillis);
    while (received < expected && System.nanoTime() < end + PATIENCE_NANOS) {
      read(TimeUnit.SECONDS.toNanos(1));
    }
    long nanos = System.nanoTime() - start;
    publisher.join();
    ObjectNode answer = Child.JSON.createObjectNode();
    answer.put("deliveries", received);
    answer.put("lost", expected - received);
    answer.put("seconds", nanos / 1e9);
    answer.put("clientCpuNanos", Child.cpu(self).toNanos() - cpu);
    answer.put("p50", latencies.getValueAtPercentile(50) / 1e3);
    answer.put("p99", latencies.getValueAtPercentile(99) / 1e3);
    answer.put("p999", latencies.getValueAtPercentile(99.9) / 1e3);
    return answer;
  }

  private void publishInto(int messages, int burst, int pauseMillis) {
    long next = System.nanoTime();
    try {
      for (int sent = 0; sent < messages; sent++) {
        if (sent > 0 && sent % burst == 0) {
          next += TimeUnit.MILLISECONDS.toNanos(pauseMillis);
          for (long wait = next - System.nanoTime(); wait > 0; wait = next - System.nanoTime()) {
            LockSupport.parkNanos(wait);
          }
        }
        send(connections.get(0), message());
      }
    } catch (IOException e) {
      throw new IllegalStateException("publisher", e);
    }
  }

  private byte[] message() {
    StringBuilder frame = new StringBuilder("SEND\ndestination:");
    frame.append(target.get("destination").stringValue()).append('\n');
    for (JsonNode header : target.get("headers")) {
      frame.append(header.stringValue()).append('\n');
    }
    frame.append('\n').append(target.get("prefix").stringValue());
    frame.append((char) MARK).append(String.format(Locale.ROOT, "%019d", System.nanoTime()));
    frame.append(target.get("suffix").stringValue()).append('\0');
    return frame.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void open(@Nullable String token, boolean subscriber) throws IOException {
    int port = target.get("port").intValue();
    SocketChannel channel =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    Connection connection = new Connection(channel, token, subscriber);
    channel.register(selector, SelectionKey.OP_READ, connection);
    connections.add(connection);
    write(
        channel,
        ("GET /ws HTTP/1.1\r\nHost: localhost:"
                + port
                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Protocol: v12.stomp\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
  }

  /** Reads what has come on any connection, and waits for it at most so long. */
  private void read(long nanos) throws IOException {
    long millis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
    selector.select(
        key -> {
          try {
            read((Connection) key.attachment());
          } catch (IOException e) {
            throw new IllegalStateException("a connection failed", e);
          }
        },
        millis);
  }

  private void read(Connection connection) throws IOException {
    buffer.clear();
    if (connection.rest != null) {
      buffer.put(connection.rest);
      connection.rest = null;
    }
    if (connection.channel.read(buffer) < 0) {
      throw new IOException("the server closed a connection");
    }
    int end = buffer.position();
    int start = 0;
    if (connection.state == State.UPGRADING) {
      start = upgraded(connection, end);
    }
    if (connection.state != State.UPGRADING) {
      for (int next = frame(connection, start, end); next > start; ) {
        start = next;
        next = frame(connection, start, end);
      }
    }
    if (start < end) {
      connection.rest = Arrays.copyOfRange(bytes, start, end);
    }
  }

  /** Where the response to the upgrade ends, or 0 while it has not. */
  private int upgraded(Connection connection, int end) throws IOException {
    String head = new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
    int blank = head.indexOf("\r\n\r\n");
    if (blank < 0) {
      return 0;
    }
    if (!head.startsWith("HTTP/1.1 101")) {
      throw new IOException("not upgraded: " + head);
    }
    connection.state = State.CONNECTING;
    String authorization =
        connection.token == null ? "" : "Authorization:Bearer " + connection.token + "\n";
    send(
        connection,
        ("CONNECT\naccept-version:1.2\nhost:localhost\nheart-beat:0,0\n" + authorization + "\n\0")
            .getBytes(StandardCharsets.UTF_8));
    return blank + 4;
  }

  /** Takes the frame at {@code start} and returns its end, or {@code start} while it has none. */
  private int frame(Connection connection, int start, int end) throws IOException {
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
      case 1 -> stomp(connection, payload, length);
      case 8 ->
          throw new IOException(
              "the server closed a connection with "
                  + new String(bytes, payload, length, StandardCharsets.UTF_8));
      default -> throw new IOException("a frame with opcode " + (bytes[start] & 0x0f));
    }
    return payload + length;
  }

  private void stomp(Connection connection, int start, int length) throws IOException {
    switch (bytes[start]) {
      case 'M' -> delivered(start, length);
      case 'C' -> connected(connection);
      case 'R', '\n' -> {}
      default ->
          throw new IOException(
              "a frame that is not expected: "
                  + new String(bytes, start, length, StandardCharsets.UTF_8));
    }
  }

  private void delivered(int start, int length) {
    int end = start + length - DIGITS;
    for (int i = start; i < end; i++) {
      if (bytes[i] == MARK) {
        long sent = 0;
        for (int digit = i + 1; digit <= i + DIGITS; digit++) {
          sent = 10 * sent + bytes[digit] - '0';
        }
        received++;
        long micros = (System.nanoTime() - sent) / 1000;
        latencies.recordValue(Math.max(0, Math.min(micros, HIGHEST_MICROS)));
        return;
      }
    }
  }

  private void connected(Connection connection) throws IOException {
    connection.state = State.OPEN;
    if (connection.subscriber) {
      subscribed++;
      send(
          connection,
          ("SUBSCRIBE\nid:sub-0\ndestination:" + target.get("topic").stringValue() + "\n\n\0")
              .getBytes(StandardCharsets.UTF_8));
    }
  }

  /** One text frame, masked with zero. */
  private static void send(Connection connection, byte[] payload) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(payload.length + 8);
    frame.put((byte) 0x81);
    if (payload.length < 126) {
      frame.put((byte) (0x80 | payload.length));
    } else {
      frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
    }
    frame.putInt(0).put(payload);
    write(connection.channel, Arrays.copyOf(frame.array(), frame.position()));
  }

  private static void write(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      channel.write(rest);
    }
  }
}
