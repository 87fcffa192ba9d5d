package io.confab.edge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A WebSocket client that can do wrong what a library would do right: sends any bytes as any frame,
 * and stops reading when told to.
 */
final class RawClient implements AutoCloseable {
  static final int TEXT = 1;
  static final int BINARY = 2;
  private static final long SECONDS = 60;

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;
  private final BlockingQueue<Frame> frames = new LinkedBlockingQueue<>();
  final BlockingQueue<Long> heartBeats = new LinkedBlockingQueue<>();
  final BlockingQueue<String> pongs = new LinkedBlockingQueue<>();
  final CompletableFuture<Close> closed = new CompletableFuture<>();
  final CompletableFuture<Void> discarding = new CompletableFuture<>();
  String handshake = "";

  record Close(int code, String reason) {}

  record Frame(String command, Map<String, String> headers, String body) {
    String header(String name) {
      return headers.get(name);
    }

    long sequence() {
      return Long.parseLong(headers.get("sequence"));
    }
  }

  private RawClient(int port, int receiveBuffer) throws IOException {
    socket = new Socket();
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.connect(new InetSocketAddress("127.0.0.1", port));
    in = new DataInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  static RawClient open(int port) {
    RawClient client = handshake(port, 0, "Sec-WebSocket-Protocol: v12.stomp");
    if (!client.handshake.startsWith("HTTP/1.1 101")) {
      throw new AssertionError(client.handshake);
    }
    client.read();
    return client;
  }

  /** Upgrades; whether that went well is in {@link #handshake}. Reads nothing yet. */
  static RawClient handshake(int port, int receiveBuffer, String... headers) {
    try {
      RawClient client = new RawClient(port, receiveBuffer);
      StringBuilder request = new StringBuilder("GET /ws HTTP/1.1\r\nHost: 127.0.0.1:");
      request.append(port).append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
      request.append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
      request.append("Sec-WebSocket-Version: 13\r\n");
      for (String header : headers) {
        request.append(header).append("\r\n");
      }
      client.out.write(request.append("\r\n").toString().getBytes(ISO_8859_1));
      client.handshake = client.readHead();
      return client;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String readHead() throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        break;
      }
      head.write(next);
    }
    return head.toString(ISO_8859_1);
  }

  /** Starts to read what comes in. */
  void read() {
    Thread reader = new Thread(this::readAll, "raw-client");
    reader.setDaemon(true);
    reader.start();
  }

  /** Reads and throws away; {@link #discarding} is done once a receipt has come. */
  void discardBehindReceipt() {
    Thread reader =
        new Thread(
            () -> {
              try {
                byte[] buffer = new byte[16 << 10];
                StringBuilder start = new StringBuilder();
                while (start.indexOf("RECEIPT") < 0) {
                  start.append(new String(buffer, 0, in.read(buffer), ISO_8859_1));
                }
                discarding.complete(null);
                while (in.read(buffer) >= 0) {}
              } catch (IOException | RuntimeException e) {
                discarding.completeExceptionally(e);
              }
            });
    reader.setDaemon(true);
    reader.start();
  }

  private void readAll() {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    try {
      while (true) {
        int first = in.readUnsignedByte();
        long length = in.readUnsignedByte();
        if (length == 126) {
          length = in.readUnsignedShort();
        } else if (length == 127) {
          length = in.readLong();
        }
        byte[] payload = in.readNBytes((int) length);
        int opcode = first & 15;
        if (opcode == 8) {
          int code = payload.length < 2 ? 1005 : ByteBuffer.wrap(payload).getShort() & 0xffff;
          String reason =
              payload.length < 2 ? "" : new String(payload, 2, payload.length - 2, UTF_8);
          send(8, true, payload);
          closed.complete(new Close(code, reason));
          return;
        }
        if (opcode == 10) {
          pongs.add(new String(payload, UTF_8));
        }
        if (opcode <= 2) {
          message.write(payload);
          if ((first & 128) != 0) {
            take(message.toByteArray());
            message.reset();
          }
        }
      }
    } catch (IOException | UncheckedIOException e) {
      closed.complete(new Close(1006, e.toString()));
    }
  }

  private void take(byte[] message) {
    String text = new String(message, UTF_8);
    if (text.equals("\n")) {
      heartBeats.add(System.nanoTime());
      return;
    }
    int end = text.indexOf("\n\n");
    String[] head = text.substring(0, end).split("\n");
    Map<String, String> headers = new LinkedHashMap<>();
    for (int i = 1; i < head.length; i++) {
      int colon = head[i].indexOf(':');
      headers.put(head[i].substring(0, colon), head[i].substring(colon + 1));
    }
    if (text.charAt(text.length() - 1) != 0) {
      throw new AssertionError("no NUL at the end");
    }
    frames.add(new Frame(head[0], headers, text.substring(end + 2, text.length() - 1)));
  }

  static String connectFrame(String user, String... headers) {
    return frame(
        "CONNECT",
        "",
        concat(headers, "accept-version:1.2", "host:confab", "Authorization:Bearer " + user));
  }

  private static String[] concat(String[] some, String... more) {
    List<String> all = new ArrayList<>(List.of(some));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  static String frame(String command, String body, String... headers) {
    StringBuilder frame = new StringBuilder(command).append('\n');
    for (String header : headers) {
      frame.append(header).append('\n');
    }
    return frame.append('\n').append(body).append('\0').toString();
  }

  void send(String text) {
    send(TEXT, true, text.getBytes(UTF_8));
  }

  void send(String command, String body, String... headers) {
    send(frame(command, body, headers));
  }

  /** Sends one frame, masked as clients must. */
  synchronized void send(int opcode, boolean last, byte[] payload) {
    try {
      ByteBuffer frame = ByteBuffer.allocate(payload.length + 14);
      frame.put((byte) ((last ? 128 : 0) | opcode));
      if (payload.length < 126) {
        frame.put((byte) (128 | payload.length));
      } else if (payload.length < 1 << 16) {
        frame.put((byte) (128 | 126)).putShort((short) payload.length);
      } else {
        frame.put((byte) (128 | 127)).putLong(payload.length);
      }
      frame.putInt(0).put(payload); // a mask of zeros leaves the bytes as they are
      out.write(frame.array(), 0, frame.position());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void subscribe(String id, String destination, String... headers) {
    send("SUBSCRIBE", "", concat(headers, "id:" + id, "destination:" + destination));
  }

  /** Subscribes and waits for the receipt. */
  Frame subscribed(String id, String destination, String... headers) {
    subscribe(id, destination, concat(headers, "receipt:sub-" + id));
    return receipt("sub-" + id);
  }

  void say(String conversation, String body, String... headers) {
    send(
        "SEND",
        "{\"body\":\"" + body + "\"}",
        concat(headers, "destination:/app/conversations/" + conversation + "/messages"));
  }

  /** The next frame, which must come within some seconds. */
  Frame next() {
    try {
      Frame frame = frames.poll(SECONDS, TimeUnit.SECONDS);
      if (frame == null) {
        throw new AssertionError("no frame came; closed: " + closed.getNow(null));
      }
      return frame;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  Frame next(String command) {
    Frame frame = next();
    if (!frame.command().equals(command)) {
      throw new AssertionError(command + " expected: " + frame);
    }
    return frame;
  }

  Frame receipt(String id) {
    Frame frame = next("RECEIPT");
    if (!id.equals(frame.header("receipt-id"))) {
      throw new AssertionError(id + " expected: " + frame);
    }
    return frame;
  }

  /** What has come and was not taken, once the server has answered everything before this. */
  List<Frame> rest() {
    send("SUBSCRIBE", "", "id:rest", "destination:/user/queue/rejections", "receipt:rest");
    List<Frame> rest = new ArrayList<>();
    Frame frame = next();
    while (!"rest".equals(frame.header("receipt-id"))) {
      rest.add(frame);
      frame = next();
    }
    return rest;
  }

  Close awaitClose() {
    try {
      return closed.get(SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("not closed", e);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
