package io.confab.edge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.confab.edge.presence.EmbeddedPresence;
import io.confab.edge.presence.EmbeddedTyping;
import io.confab.edge.presence.PresenceSettings;
import io.confab.edge.presence.TypingSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The edge without a server: sessions over sockets that keep what is written. */
final class EdgeInMemory implements AutoCloseable {
  final FakeConfab confab;
  final TestEdge.MutableClock clock = new TestEdge.MutableClock();
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final EmbeddedPresence presence = new EmbeddedPresence(clock, PresenceSettings.DEFAULT, registry);
  final EmbeddedTyping typing = new EmbeddedTyping();
  final SubscriptionIndex index;
  private final EdgeMetrics metrics = new EdgeMetrics(registry);
  private final EdgeThreads threads = new EdgeThreads(2);
  final CatchUp catchUp;
  private final Attendance attendance;
  private final FanOut fanOut;
  private final EdgeSettings settings;

  /**
   * @param feed made of what the edge has
   */
  EdgeInMemory(EdgeSettings settings, Function<EdgeInMemory, ConversationFeed> feed) {
    this(settings, new FakeConfab(), feed);
  }

  /**
   * @param confab perhaps shared with other edges
   */
  EdgeInMemory(
      EdgeSettings settings, FakeConfab confab, Function<EdgeInMemory, ConversationFeed> feed) {
    this(settings, confab, feed, Attendance.PATIENCE_MILLIS);
  }

  /**
   * @param patienceMillis how long a session waits for the feed
   */
  EdgeInMemory(
      EdgeSettings settings,
      FakeConfab confab,
      Function<EdgeInMemory, ConversationFeed> feed,
      long patienceMillis) {
    this.settings = settings;
    this.confab = confab;
    this.catchUp = new CatchUp(confab, threads.replay(), metrics);
    ConversationFeed made = feed.apply(this);
    this.index = new SubscriptionIndex(made);
    this.attendance = new Attendance(made, threads.waiting(), patienceMillis);
    this.fanOut =
        new FanOut(made, index, metrics, new HotConversations(1, settings.batchMaxDelay()));
    fanOut.start();
  }

  EdgeInMemory(EdgeSettings settings) {
    this(settings, edge -> edge.confab);
  }

  EdgeInMemory() {
    this(EdgeSettings.DEFAULT);
  }

  /** A socket whose writes end at once, or when the test says so. */
  static final class MemorySocket implements Socket {
    private final List<RawClient.Frame> frames = new ArrayList<>();
    private final List<Runnable> unfinished = new ArrayList<>();
    private boolean stuck;
    private RawClient.Close close;
    private boolean aborted;

    @Override
    public synchronized boolean write(List<byte[]> written, Runnable done) {
      written.forEach(this::keep);
      if (stuck) {
        unfinished.add(done);
      }
      return !stuck;
    }

    private void keep(byte[] frame) {
      int header = frame[1] < 126 ? 2 : frame[1] == 126 ? 4 : 10;
      if (frame.length > header + 1) {
        frames.add(parse(new String(frame, header, frame.length - header, UTF_8)));
      }
    }

    private static RawClient.Frame parse(String text) {
      int end = text.indexOf("\n\n");
      String[] head = text.substring(0, end).split("\n");
      Map<String, String> headers = new LinkedHashMap<>();
      for (int i = 1; i < head.length; i++) {
        int colon = head[i].indexOf(':');
        headers.put(head[i].substring(0, colon), head[i].substring(colon + 1));
      }
      return new RawClient.Frame(head[0], headers, text.substring(end + 2, text.length() - 1));
    }

    @Override
    public synchronized void close(int code, String reason) {
      close = new RawClient.Close(code, reason);
    }

    @Override
    public synchronized void abort() {
      aborted = true;
    }

    synchronized void stick(boolean stuck) {
      this.stuck = stuck;
    }

    void finish() {
      List<Runnable> done;
      synchronized (this) {
        done = List.copyOf(unfinished);
        unfinished.clear();
      }
      done.forEach(Runnable::run);
    }

    synchronized RawClient.Close closed() {
      return close;
    }

    synchronized boolean aborted() {
      return aborted;
    }

    synchronized List<RawClient.Frame> frames() {
      return List.copyOf(frames);
    }
  }

  /** A session with its socket, connected. */
  final class Client {
    final MemorySocket socket = new MemorySocket();
    final Outbound outbound = new Outbound(socket, threads.flush(), settings);
    final StompSession session =
        new StompSession(outbound, ports(), settings, index, catchUp, metrics);
    private final String user;

    Client(String user, String... headers) {
      this.user = user;
      session.receive(RawClient.connectFrame(user, headers).getBytes(UTF_8));
    }

    String user() {
      return user;
    }

    void send(String command, String body, String... headers) {
      session.receive(RawClient.frame(command, body, headers).getBytes(UTF_8));
    }

    /** The receipt of a subscription. */
    RawClient.Frame subscribe(String id, String destination, String... headers) {
      List<String> all = new ArrayList<>(List.of(headers));
      all.addAll(List.of("id:" + id, "destination:" + destination, "receipt:r-" + id));
      send("SUBSCRIBE", "", all.toArray(String[]::new));
      return awaitFrame("receipt-id", "r-" + id);
    }

    RawClient.Frame awaitFrame(String header, String value) {
      return await()
          .pollInterval(Duration.ofMillis(1))
          .until(
              () ->
                  socket.frames().stream()
                      .filter(frame -> value.equals(frame.header(header)))
                      .findFirst(),
              java.util.Optional::isPresent)
          .orElseThrow();
    }

    List<RawClient.Frame> messages(String subscription) {
      return socket.frames().stream()
          .filter(frame -> frame.command().equals("MESSAGE"))
          .filter(frame -> subscription.equals(frame.header("subscription")))
          .toList();
    }

    List<Long> sequences(String subscription) {
      return messages(subscription).stream().map(RawClient.Frame::sequence).toList();
    }
  }

  private EdgePorts ports() {
    return new EdgePorts(
        confab,
        confab,
        confab,
        confab,
        confab,
        presence,
        typing,
        TypingSettings.DEFAULT,
        attendance,
        clock);
  }

  double count(String meter) {
    return registry.get(meter).counter().count();
  }

  @Override
  public void close() {
    fanOut.stop();
    threads.close();
  }
}
