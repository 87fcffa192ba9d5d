package io.confab.edge;

import io.confab.edge.presence.Presence;
import io.confab.edge.presence.Status;
import io.confab.edge.presence.Typing;
import io.confab.events.CommandRejected;
import io.confab.events.ConversationCommand;
import io.confab.events.Ids;
import io.confab.events.RejectionCode;
import io.confab.web.Authenticator;
import io.confab.web.Problem;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.messaging.Message;
import org.springframework.messaging.simp.stomp.BufferingStompDecoder;
import org.springframework.messaging.simp.stomp.StompCommand;
import org.springframework.messaging.simp.stomp.StompConversionException;
import org.springframework.messaging.simp.stomp.StompDecoder;
import org.springframework.messaging.simp.stomp.StompHeaderAccessor;

/**
 * One client. Takes its frames one after the other, from one thread at a time; what comes back from
 * commands, the fan-out and the sweep comes from other threads.
 *
 * <p>A refusal that concerns one request goes to the session's subscription to {@code
 * /user/queue/rejections}; without one, and where the client does not speak the protocol, the
 * session ends with an ERROR.
 */
final class StompSession {
  /**
   * The close code behind an ERROR. Of the private range, because Jetty drops the connection at
   * once behind 1002 or 1008, and what the client has sent meanwhile then resets it before the
   * ERROR is read.
   */
  static final int REFUSED = 4400;

  private static final Logger LOG = LoggerFactory.getLogger(StompSession.class);
  private static final StompDecoder DECODER = new StompDecoder();
  private static final int NORMAL = 1000;
  private static final int SILENT_HEART_BEATS = 3;

  /**
   * How many WebSocket messages one STOMP frame may come in. Each makes the decoder begin again, so
   * without a bound a frame sent byte by byte would cost the square of its length.
   */
  private static final int MESSAGES_PER_FRAME = 64;

  private final Outbound outbound;
  private final EdgePorts ports;
  private final EdgeSettings settings;
  private final EdgeMetrics metrics;
  private final BufferingStompDecoder decoder;
  private final Subscriptions subscriptions;
  private final TypingThrottle typing;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicLong rejections = new AtomicLong();

  /** What goes on reading from the client, while that waits for answers to SENDs. */
  private final AtomicReference<@Nullable Runnable> paused = new AtomicReference<>();

  private final long openedAt = System.nanoTime();

  private volatile Authenticator.@Nullable Session login;
  private volatile Presence.@Nullable Device device;
  private volatile Attendance.@Nullable Visit visit;
  private volatile boolean over;
  private volatile boolean disconnecting;
  private volatile @Nullable String disconnectReceipt;
  private volatile long heardAt = openedAt;
  private volatile long speakEveryNanos;
  private volatile long hearEveryNanos;
  private int partialMessages;

  /** A subscription that has to wait, and what came behind it; guarded by itself. */
  private final Deque<Message<byte[]>> waiting = new ArrayDeque<>();

  StompSession(
      Outbound outbound,
      EdgePorts ports,
      EdgeSettings settings,
      SubscriptionIndex index,
      CatchUp catchUp,
      EdgeMetrics metrics) {
    this.outbound = outbound;
    this.ports = ports;
    this.settings = settings;
    this.metrics = metrics;
    this.subscriptions = new Subscriptions(this, ports, settings, index, catchUp, metrics);
    this.typing = new TypingThrottle(ports.typingSettings());
    this.decoder =
        new BufferingStompDecoder(DECODER, Math.toIntExact(settings.frameLimit().toBytes()));
  }

  Outbound outbound() {
    return outbound;
  }

  /** The user; only after CONNECT. */
  String user() {
    Authenticator.Session present = login;
    if (present == null) {
      throw new IllegalStateException("not connected");
    }
    return present.caller().user();
  }

  /** Takes a WebSocket message: a part of a frame, a frame or several. */
  void receive(byte[] message) {
    heard();
    if (over) {
      return;
    }
    try {
      for (Message<byte[]> frame : decode(message)) {
        if (!over && !keep(frame)) {
          handle(StompHeaderAccessor.wrap(frame), frame.getPayload());
        }
      }
    } catch (CommandRejected e) {
      fail(null, e);
    }
  }

  /**
   * Whether the frame waits: a subscription until the feed knows of the user, so that nothing falls
   * between its head and the first live event; and whatever comes behind one that does.
   */
  private boolean keep(Message<byte[]> frame) {
    Attendance.Visit present = visit;
    synchronized (waiting) {
      if (waiting.isEmpty()
          && (present == null || present.settled() || !Subscriptions.needsFeed(frame))) {
        return false;
      }
      waiting.add(frame);
      if (waiting.size() == 1 && present != null) {
        present.whenSettled(this::handleWaiting);
      }
      return true;
    }
  }

  private boolean keeping() {
    synchronized (waiting) {
      return !waiting.isEmpty();
    }
  }

  /** A frame counts as waiting until it is handled: so what comes meanwhile comes behind it. */
  private void handleWaiting() {
    Message<byte[]> frame;
    synchronized (waiting) {
      frame = waiting.peek();
    }
    while (frame != null) {
      try {
        if (!over) {
          handle(StompHeaderAccessor.wrap(frame), frame.getPayload());
        }
      } catch (CommandRejected e) {
        fail(null, e);
      } catch (RuntimeException e) {
        LOG.error("A frame that had waited could not be handled", e);
        fail(null, internalError());
      }
      synchronized (waiting) {
        waiting.remove();
        frame = waiting.peek();
      }
    }
    readOnWithRoom();
  }

  /**
   * Runs {@code read}, which asks for the client's next WebSocket message, once: now, or where too
   * many SENDs are not answered yet, when half of them are, on the thread that answers; or where a
   * subscription waits, when it is handled. To be called by the thread that calls {@link #receive},
   * after it.
   */
  void whenRoom(Runnable read) {
    if (over || inFlight.get() < settings.sendsInFlight() && !keeping()) {
      read.run();
      return;
    }
    paused.set(read);
    readOnWithRoom();
  }

  private void readOnWithRoom() {
    if (over || inFlight.get() <= settings.sendsInFlight() / 2 && !keeping()) {
      readOn();
    }
  }

  /** Answers a WebSocket ping. */
  void pong(ByteBuffer payload) {
    outbound.add(StompFrames.pong(payload));
    outbound.flushSoon();
  }

  private void readOn() {
    if (paused.get() != null) {
      // While nothing was read, no heart-beat could be heard.
      heard();
      Runnable read = paused.getAndSet(null);
      if (read != null) {
        read.run();
      }
    }
  }

  private void heard() {
    heardAt = System.nanoTime();
    Presence.Device present = device;
    if (present != null) {
      present.heard();
    }
  }

  boolean over() {
    return over;
  }

  /** What the client still sends is read and thrown away. */
  private void setOver() {
    over = true;
    leave();
    readOn();
  }

  private void leave() {
    Presence.Device present = device;
    if (present != null) {
      present.close();
    }
    Attendance.Visit here = visit;
    if (here != null) {
      here.leave();
    }
  }

  private List<Message<byte[]>> decode(byte[] message) {
    long limit = settings.frameLimit().toBytes();
    long size = (long) decoder.getBufferSize() + message.length;
    if (size > limit) {
      throw new CommandRejected(
          RejectionCode.FRAME_TOO_LARGE,
          "The frame is too large",
          size + " bytes or more",
          limit + " bytes");
    }
    List<Message<byte[]>> frames;
    try {
      frames = decoder.decode(ByteBuffer.wrap(message));
    } catch (StompConversionException e) {
      throw malformed("Not a STOMP 1.2 frame: " + e.getMessage(), null);
    } catch (RuntimeException e) {
      // The decoder's message may name its classes; the exceptions for bad input are of many types.
      LOG.debug("A frame could not be decoded", e);
      throw malformed("Not a STOMP 1.2 frame", null);
    }
    boolean partial = frames.isEmpty() && decoder.getBufferSize() > 0;
    partialMessages = partial ? partialMessages + 1 : 0;
    if (partialMessages > MESSAGES_PER_FRAME) {
      throw new CommandRejected(
          RejectionCode.MALFORMED_REQUEST,
          "The frame comes in too many WebSocket messages",
          partialMessages,
          MESSAGES_PER_FRAME);
    }
    return frames;
  }

  private void handle(StompHeaderAccessor frame, byte[] body) {
    StompCommand command = frame.getCommand();
    if (command == null || disconnecting) {
      return; // a heart-beat, or what must not follow DISCONNECT
    }
    Authenticator.Session present = login;
    if (command == StompCommand.CONNECT || command == StompCommand.STOMP) {
      connect(frame, present != null);
      return;
    }
    if (present == null) {
      throw new CommandRejected(
          RejectionCode.UNAUTHENTICATED, "The first frame must be CONNECT", command, "CONNECT");
    }
    if (expired(present, ports.clock().instant())) {
      throw tokenEnded(present);
    }
    String receipt = frame.getFirstNativeHeader("receipt");
    if (receipt != null && ClientHeaders.holdsControl(receipt)) {
      reject(
          null,
          ClientHeaders.invalid("The header receipt holds control characters", receipt, "none"));
      return;
    }
    switch (command) {
      case SEND -> send(frame, body, receipt);
      case SUBSCRIBE -> {
        try {
          subscriptions.subscribe(frame, receipt);
        } catch (CommandRejected e) {
          reject(receipt, e);
        }
      }
      case UNSUBSCRIBE -> {
        try {
          subscriptions.unsubscribe(frame, receipt);
        } catch (CommandRejected e) {
          reject(receipt, e);
        }
      }
      case DISCONNECT -> disconnect(receipt);
      default ->
          fail(
              receipt,
              new CommandRejected(
                  RejectionCode.METHOD_NOT_ALLOWED,
                  "Acknowledgements and transactions are not supported, nor is what servers send",
                  command,
                  "SEND, SUBSCRIBE, UNSUBSCRIBE, DISCONNECT"));
    }
  }

  private void connect(StompHeaderAccessor frame, boolean again) {
    if (again) {
      throw malformed("The session is connected already", "CONNECT");
    }
    String versions = frame.getFirstNativeHeader("accept-version");
    if (versions == null
        || Stream.of(versions.split(",", -1)).map(String::strip).noneMatch("1.2"::equals)) {
      throw new CommandRejected(
          RejectionCode.INVALID_VALUE, "accept-version must name 1.2", versions, "1.2");
    }
    long[] heartBeat = ClientHeaders.heartBeat(frame);
    Authenticator.Session accepted =
        ports.authenticator().authenticate(frame.getFirstNativeHeader("Authorization"));
    Ids.require("sub", accepted.caller().user());
    long ours = settings.heartBeat().toMillis();
    speakEveryNanos = agreed(ours, heartBeat[1]);
    hearEveryNanos = agreed(heartBeat[0], ours);
    login = accepted;
    device = ports.presence().open(accepted.caller().user());
    visit = ports.attendance().enter(accepted.caller().user());
    if (over) {
      leave();
    }
    outbound.add(StompFrames.connected(accepted.caller().user(), ours));
    outbound.flush();
  }

  /** The interval in ns where one side can send as often as the other wants, 0 for never. */
  private static long agreed(long canMillis, long wantMillis) {
    return canMillis == 0 || wantMillis == 0 ? 0 : Math.max(canMillis, wantMillis) * 1_000_000;
  }

  private void send(StompHeaderAccessor frame, byte[] body, @Nullable String receipt) {
    metrics.sent();
    try {
      if (frame.getFirstNativeHeader("transaction") != null) {
        throw new CommandRejected(
            RejectionCode.METHOD_NOT_ALLOWED,
            "Transactions are not supported",
            frame.getFirstNativeHeader("transaction"),
            "SEND without transaction");
      }
      SendRequest request =
          SendRequest.of(
              frame.getFirstNativeHeader("destination"), body, user(), ports.clock().instant());
      if (request instanceof SendRequest.Change change) {
        dispatch(change.command(), receipt);
      } else if (request instanceof SendRequest.Read read) {
        long upTo = ports.readMarkers().advance(read.conversation(), user(), read.upTo());
        if (receipt != null) {
          reply(StompFrames.receipt(receipt, read.conversation(), upTo));
        }
      } else if (request instanceof SendRequest.Typed typed) {
        pass(typed);
        receipt(receipt);
      } else if (request instanceof SendRequest.Chosen chosen) {
        choose(chosen.status());
        receipt(receipt);
      }
    } catch (CommandRejected e) {
      reject(receipt, e);
    }
  }

  /** What is dropped, because it comes too often, is no mistake of the client's. */
  private void pass(SendRequest.Typed typed) {
    ports.headForMember(typed.conversation(), user());
    if (typing.pass(typed.conversation(), typed.typing(), ports.clock().millis())) {
      long forMillis = typed.typing() ? ports.typingSettings().shownFor().toMillis() : 0;
      ports.typing().publish(new Typing.Signal(typed.conversation(), user(), forMillis));
    } else {
      metrics.typingDropped();
    }
  }

  private void choose(Status status) {
    Presence.Device present = device;
    if (present != null) {
      present.choose(status);
    }
  }

  private void dispatch(ConversationCommand command, @Nullable String receipt) {
    inFlight.incrementAndGet();
    ports
        .commands()
        .send(command)
        .whenComplete(
            (result, failure) -> {
              try {
                if (failure != null) {
                  reject(receipt, rejection(failure));
                } else if (receipt != null) {
                  reply(StompFrames.receipt(receipt, result));
                }
              } finally {
                answered();
              }
            });
  }

  private void answered() {
    int unanswered = inFlight.decrementAndGet();
    if (unanswered == 0 && disconnecting) {
      endDisconnected();
    }
    readOnWithRoom();
  }

  private static CommandRejected rejection(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof CommandRejected rejected) {
      return rejected;
    }
    LOG.error("A command failed", failure);
    return internalError();
  }

  static CommandRejected internalError() {
    return new CommandRejected(
        RejectionCode.INTERNAL_ERROR, "The request could not be handled", null, null);
  }

  /** Answers once every SEND before is answered, then closes. */
  private void disconnect(@Nullable String receipt) {
    subscriptions.endAll();
    disconnectReceipt = receipt;
    // A SEND that is answered in between sees the one or the other; ending twice is harmless.
    disconnecting = true;
    if (inFlight.get() == 0) {
      endDisconnected();
    }
  }

  private void endDisconnected() {
    if (!over) {
      setOver();
      receipt(disconnectReceipt);
      outbound.close(NORMAL, "disconnected", true);
    }
  }

  /** Answers what has nothing more to say than that it was done. */
  void receipt(@Nullable String receipt) {
    if (receipt != null) {
      reply(StompFrames.receipt(receipt));
    }
  }

  private void reply(byte[] frame) {
    outbound.add(frame);
    // Many answers come from one thread, the store's: it must not write to sockets.
    outbound.flushSoon();
  }

  private void reject(@Nullable String receipt, CommandRejected rejection) {
    String id = subscriptions.rejectionsId();
    if (id == null) {
      fail(receipt, rejection);
      return;
    }
    metrics.rejected(rejection.code());
    reply(StompFrames.rejection(id, rejections.incrementAndGet(), receipt, Problem.of(rejection)));
  }

  /** Ends the session with an ERROR. */
  void fail(@Nullable String receipt, CommandRejected rejection) {
    if (over) {
      return;
    }
    setOver();
    metrics.rejected(rejection.code());
    subscriptions.endAll();
    outbound.add(StompFrames.error(receipt, Problem.of(rejection)));
    outbound.close(REFUSED, rejection.code().code(), true);
  }

  /** Ends the session without an ERROR: the client has done nothing wrong. */
  void close(int code, String reason) {
    setOver();
    subscriptions.endAll();
    outbound.close(code, reason, true);
  }

  /** The connection is gone. */
  void closed(int code) {
    setOver();
    outbound.closed(code);
    subscriptions.endAll();
    metrics.closed(outbound.closeCode());
  }

  /** Does what is due by now. */
  void sweep(long nanoTime, Instant now) {
    outbound.checkTimeouts(nanoTime);
    if (over) {
      return;
    }
    Authenticator.Session present = login;
    if (present == null) {
      if (nanoTime - openedAt >= settings.connectTimeout().toNanos()) {
        fail(
            null,
            new CommandRejected(
                RejectionCode.UNAUTHENTICATED,
                "No CONNECT came in time",
                null,
                settings.connectTimeout().toMillis() + " ms"));
      }
      return;
    }
    if (expired(present, now)) {
      fail(null, tokenEnded(present));
      return;
    }
    boolean listening = paused.get() == null;
    if (!listening) {
      heard(); // who is not listened to is not silent
    }
    long silence = SILENT_HEART_BEATS * hearEveryNanos;
    if (listening && silence > 0 && nanoTime - heardAt >= silence) {
      String limit = silence / 1_000_000 + " ms";
      close(REFUSED, "silent for more than " + limit);
      return;
    }
    if (speakEveryNanos > 0) {
      outbound.heartBeat(nanoTime, speakEveryNanos - Sessions.SWEEP_NANOS);
    }
  }

  private static boolean expired(Authenticator.Session session, Instant now) {
    return !now.isBefore(session.expiresAt());
  }

  private static CommandRejected tokenEnded(Authenticator.Session session) {
    return new CommandRejected(
        RejectionCode.UNAUTHENTICATED, "The token has expired", session.expiresAt(), null);
  }

  private static CommandRejected malformed(String detail, @Nullable Object value) {
    return new CommandRejected(RejectionCode.MALFORMED_REQUEST, detail, value, "STOMP 1.2");
  }
}
