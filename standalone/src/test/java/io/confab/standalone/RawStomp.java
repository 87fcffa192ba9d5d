package io.confab.standalone;

import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A WebSocket on which a test can send anything, and which takes apart the STOMP frames that come
 * back.
 */
final class RawStomp implements WebSocket.Listener, AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  record Frame(String command, Map<String, String> headers, String body) {
    static Frame parse(String text) {
      int end = text.indexOf("\n\n");
      String[] lines = text.substring(0, end).split("\r?\n");
      Map<String, String> headers = new LinkedHashMap<>();
      for (int i = 1; i < lines.length; i++) {
        int colon = lines[i].indexOf(':');
        headers.putIfAbsent(lines[i].substring(0, colon), lines[i].substring(colon + 1));
      }
      return new Frame(lines[0], headers, text.substring(end + 2, text.lastIndexOf('\0')));
    }

    String header(String name) {
      return headers.getOrDefault(name, "");
    }
  }

  private final BlockingQueue<Frame> frames = new LinkedBlockingQueue<>();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final StringBuilder partial = new StringBuilder();
  private WebSocket socket;

  /** A WebSocket that has not said CONNECT. */
  static RawStomp open(ServerProcess server) {
    RawStomp stomp = new RawStomp();
    stomp.socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .subprotocols("v12.stomp")
            .buildAsync(
                java.net.URI.create(server.uri("/ws").toString().replace("http", "ws")), stomp)
            .join();
    return stomp;
  }

  /** Connected as that user, with a subscription to the rejections. */
  static RawStomp connected(ServerProcess server, String token) throws InterruptedException {
    RawStomp stomp = open(server);
    stomp.frame("CONNECT", "", "accept-version:1.2", "host:x", "Authorization:Bearer " + token);
    Frame answer = stomp.next();
    if (!answer.command().equals("CONNECTED")) {
      throw new IllegalStateException(answer.toString());
    }
    stomp.frame(
        "SUBSCRIBE", "", "id:rejections", "destination:/user/queue/rejections", "receipt:r");
    stomp.next("RECEIPT");
    return stomp;
  }

  RawStomp frame(String command, String body, String... headers) {
    return text(command + "\n" + String.join("\n", headers) + "\n\n" + body + "\0");
  }

  RawStomp text(String text) {
    socket.sendText(text, true).join();
    return this;
  }

  RawStomp binary(byte[] bytes) {
    socket.sendBinary(ByteBuffer.wrap(bytes), true).join();
    return this;
  }

  /** The next frame that is no heart-beat. */
  Frame next() throws InterruptedException {
    Frame frame = frames.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (frame == null) {
      throw new AssertionError("no frame within " + PATIENCE_SECONDS + " s; closed: " + closed);
    }
    return frame;
  }

  Frame next(String command) throws InterruptedException {
    Frame frame = next();
    if (!frame.command().equals(command)) {
      throw new AssertionError("expected " + command + ", got " + frame);
    }
    return frame;
  }

  /** What has come and was not taken yet. */
  List<Frame> rest() {
    List<Frame> all = new ArrayList<>();
    frames.drainTo(all);
    return all;
  }

  /** The code with which the server closed, waiting for it. */
  int closeCode() throws Exception {
    return closed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
    partial.append(data);
    if (last) {
      String text = partial.toString();
      partial.setLength(0);
      if (!text.isBlank()) {
        frames.add(Frame.parse(text.stripLeading()));
      }
    }
    socket.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
    closed.complete(code);
    return null;
  }

  @Override
  public void onError(WebSocket socket, Throwable error) {
    closed.complete(1006);
  }

  @Override
  public void close() {
    socket.abort();
  }
}
