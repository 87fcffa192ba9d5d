package io.confab.edge;

import io.confab.events.CommandRejected;
import io.confab.events.ConversationCommand;
import io.confab.events.Ids;
import io.confab.events.RejectionCode;
import io.confab.web.Authenticator;
import io.confab.web.Problem;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
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
  private static final int HEADER_LENGTH = 128;
  private static final int SILENT_HEART_BEATS = 3;

  /**
   * How many WebSocket messages one STOMP frame may come in. Each makes the decoder begin again, so
   * without a bound a frame sent byte by byte would cost the square of its length.
   */
  private static final int MESSAGES_PER_FRAME = 64;

  private final Outbound outbound;
  private final EdgePorts ports;
  private final EdgeSettings settings;
  private final SubscriptionIndex index;
  private final CatchUp catchUp;
  private final EdgeMetrics metrics;
  private final BufferingStompDecoder decoder;
  private final Map<String, Subscription> subscriptions = new ConcurrentHashMap<>();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicLong rejections = new AtomicLong();

  /** What goes on reading from the client, while that waits for answers to SENDs. */
  private final AtomicReference<@Nullable Runnable> paused = new AtomicReference<>();

  private final long openedAt = System.nanoTime();

  private volatile Authenticator.@Nullable Session login;
  private volatile @Nullable String rejectionsId;
  private volatile boolean over;
  private volatile boolean disconnecting;
  private volatile @Nullable String disconnectReceipt;
  private volatile long heardAt = openedAt;
  private volatile long speakEveryNanos;
  private volatile long hearEveryNanos;
  private int partialMessages;

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
    this.index = index;
    this.catchUp = catchUp;
    this.metrics = metrics;
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
    heardAt = System.nanoTime();
    if (over) {
      return;
    }
    try {
      for (Message<byte[]> frame : decode(message)) {
        if (!over) {
          handle(StompHeaderAccessor.wrap(frame), frame.getPayload());
        }
      }
    } catch (CommandRejected e) {
      fail(null, e);
    }
  }

  /**
   * Runs {@code read}, which asks for the client's next WebSocket message, once: now, or where too
   * many SENDs are not answered yet, when half of them are, on the thread that answers. To be
   * called by the thread that calls {@link #receive}, after it.
   */
  void whenRoom(Runnable read) {
    if (over || inFlight.get() < settings.sendsInFlight()) {
      read.run();
      return;
    }
    paused.set(read);
    if (over || inFlight.get() <= settings.sendsInFlight() / 2) {
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
      heardAt = System.nanoTime();
      Runnable read = paused.getAndSet(null);
      if (read != null) {
        read.run();
      }
    }
  }

  /** What the client still sends is read and thrown away. */
  private void setOver() {
    over = true;
    readOn();
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
    if (receipt != null && holdsControl(receipt)) {
      reject(null, invalid("The header receipt holds control characters", receipt, "none"));
      return;
    }
    switch (command) {
      case SEND -> send(frame, body, receipt);
      case SUBSCRIBE -> subscribe(frame, receipt);
      case UNSUBSCRIBE -> unsubscribe(frame, receipt);
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
    long[] heartBeat = heartBeat(frame.getFirstNativeHeader("heart-beat"));
    Authenticator.Session accepted =
        ports.authenticator().authenticate(frame.getFirstNativeHeader("Authorization"));
    Ids.require("sub", accepted.caller().user());
    long ours = settings.heartBeat().toMillis();
    speakEveryNanos = agreed(ours, heartBeat[1]);
    hearEveryNanos = agreed(heartBeat[0], ours);
    login = accepted;
    outbound.add(StompFrames.connected(accepted.caller().user(), ours));
    outbound.flush();
  }

  private static long[] heartBeat(@Nullable String header) {
    if (header == null) {
      return new long[] {0, 0};
    }
    String[] parts = header.split(",", -1);
    if (parts.length != 2) {
      throw invalid("heart-beat is not two numbers", header, "{milliseconds},{milliseconds}");
    }
    return new long[] {millis(parts[0], header), millis(parts[1], header)};
  }

  private static long millis(String number, String header) {
    try {
      int millis = Integer.parseInt(number);
      if (millis >= 0) {
        return millis;
      }
    } catch (NumberFormatException notOne) {
      // refused below
    }
    throw invalid("heart-beat is not two numbers", header, "{milliseconds},{milliseconds}");
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
      ConversationCommand command = request.command();
      if (command != null) {
        dispatch(command, receipt);
        return;
      }
      String conversation = request.conversation();
      long upTo = ports.readMarkers().advance(conversation, user(), request.upTo());
      if (receipt != null) {
        reply(StompFrames.receipt(receipt, conversation, upTo));
      }
    } catch (CommandRejected e) {
      reject(receipt, e);
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
    if (unanswered <= settings.sendsInFlight() / 2) {
      readOn();
    }
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

  private void subscribe(StompHeaderAccessor frame, @Nullable String receipt) {
    try {
      String id = requiredId(frame);
      String ack = frame.getFirstNativeHeader("ack");
      if (ack != null && !ack.equals("auto")) {
        throw invalid("Acknowledgements are not supported", ack, "ack:auto");
      }
      Subscription present = subscriptions.get(id);
      if (present != null && !present.ended()) {
        throw invalid("The subscription id is in use", id, "an id that is not in use");
      }
      if (present == null && subscriptions.size() >= settings.subscriptionsPerSession()) {
        removeEnded();
      }
      if (present == null && subscriptions.size() >= settings.subscriptionsPerSession()) {
        throw new CommandRejected(
            RejectionCode.TOO_MANY_SUBSCRIPTIONS,
            "The session has too many subscriptions",
            subscriptions.size() + 1,
            settings.subscriptionsPerSession());
      }
      String destination = frame.getFirstNativeHeader("destination");
      if (destination == null) {
        throw Destinations.unknown(null, "a destination");
      }
      switch (destination) {
        case Destinations.REJECTIONS -> {
          add(id, new Rejections());
          rejectionsId = id;
          receipt(receipt);
        }
        case Destinations.INBOX -> {
          Inbox inbox = new Inbox(this, id, index, catchUp);
          add(id, inbox);
          begin(id, inbox, () -> inbox.start(ports.memberships(), ports.log()));
          receipt(receipt);
        }
        default -> toConversation(id, destination, frame.getFirstNativeHeader("after"), receipt);
      }
    } catch (CommandRejected e) {
      reject(receipt, e);
    }
  }

  /** Receipt first, then what is replayed, then what is live. */
  private void toConversation(
      String id, String destination, @Nullable String after, @Nullable String receipt) {
    String conversation = Destinations.conversationOf(destination);
    Cursor cursor = new Cursor(this, id, destination, conversation, index, catchUp);
    add(id, cursor);
    begin(
        id,
        cursor,
        () -> {
          index.add(cursor);
          // In this order: registered, then the head, then whether a member as of that head. So
          // nothing falls between the head and the first live event, and a removal behind the head
          // ends the subscription.
          long head = ports.log().head(conversation);
          if (head < 0) {
            throw new CommandRejected(
                RejectionCode.UNKNOWN_CONVERSATION,
                "There is no such conversation",
                conversation,
                null);
          }
          if (!ports.memberships().isMember(conversation, user())) {
            throw new CommandRejected(
                RejectionCode.NOT_A_MEMBER,
                user() + " is not a member of the conversation",
                conversation,
                null);
          }
          long position = after == null ? head : position(after, head);
          if (receipt != null) {
            outbound.add(StompFrames.subscribed(receipt, head));
          }
          if (head - position > settings.resumeLimit()) {
            outbound.add(StompFrames.historyGap(id, destination, conversation, position + 1, head));
            position = head;
          }
          outbound.flush();
          cursor.start(position, head);
        });
  }

  private static long position(String after, long head) {
    try {
      long position = Long.parseLong(after);
      if (position >= -1 && position <= head) {
        return position;
      }
    } catch (NumberFormatException notOne) {
      // refused below
    }
    throw invalid("after is not a sequence of the conversation", after, "from -1 to " + head);
  }

  private void add(String id, Subscription subscription) {
    if (subscriptions.put(id, subscription) == null) {
      metrics.subscribed(1);
    }
  }

  /** Runs what may be refused; a subscription that was refused is none. */
  private void begin(String id, Subscription subscription, Runnable start) {
    boolean begun = false;
    try {
      start.run();
      begun = true;
    } finally {
      if (!begun || over) {
        remove(id);
        // The session may have ended it before it was registered.
        subscription.end();
      }
    }
  }

  private boolean remove(String id) {
    Subscription removed = subscriptions.remove(id);
    if (removed == null) {
      return false;
    }
    removed.end();
    metrics.subscribed(-1);
    return true;
  }

  private void removeEnded() {
    subscriptions.forEach(
        (id, subscription) -> {
          if (subscription.ended()) {
            remove(id);
          }
        });
  }

  private void unsubscribe(StompHeaderAccessor frame, @Nullable String receipt) {
    try {
      String id = requiredId(frame);
      if (!remove(id)) {
        throw invalid("There is no such subscription", id, "the id of a subscription");
      }
      if (id.equals(rejectionsId)) {
        rejectionsId = anyRejections();
      }
      receipt(receipt);
    } catch (CommandRejected e) {
      reject(receipt, e);
    }
  }

  private @Nullable String anyRejections() {
    for (Map.Entry<String, Subscription> entry : subscriptions.entrySet()) {
      if (entry.getValue() instanceof Rejections) {
        return entry.getKey();
      }
    }
    return null;
  }

  /** Answers once every SEND before is answered, then closes. */
  private void disconnect(@Nullable String receipt) {
    endSubscriptions();
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

  private void receipt(@Nullable String receipt) {
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
    String id = rejectionsId;
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
    endSubscriptions();
    outbound.add(StompFrames.error(receipt, Problem.of(rejection)));
    outbound.close(REFUSED, rejection.code().code(), true);
  }

  /** Ends the session without an ERROR: the client has done nothing wrong. */
  void close(int code, String reason) {
    setOver();
    endSubscriptions();
    outbound.close(code, reason, true);
  }

  /** The connection is gone. */
  void closed(int code) {
    setOver();
    outbound.closed(code);
    endSubscriptions();
    metrics.closed(outbound.closeCode());
  }

  private void endSubscriptions() {
    subscriptions.keySet().forEach(this::remove);
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
    long silence = SILENT_HEART_BEATS * hearEveryNanos;
    if (silence > 0 && paused.get() == null && nanoTime - heardAt >= silence) {
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

  private static String requiredId(StompHeaderAccessor frame) {
    String id = plain(frame, "id");
    if (id == null || id.isEmpty()) {
      throw invalid("The subscription has no id", id == null ? "none" : id, "the header id");
    }
    return id;
  }

  /**
   * A header that is sent back with every event: short, and nothing in it that could end a line.
   */
  private static @Nullable String plain(StompHeaderAccessor frame, String name) {
    String value = frame.getFirstNativeHeader(name);
    if (value == null) {
      return null;
    }
    if (value.length() > HEADER_LENGTH || holdsControl(value)) {
      throw invalid(
          "The header " + name + " is too long or holds control characters",
          value,
          "at most " + HEADER_LENGTH + " characters, no control characters");
    }
    return value;
  }

  private static boolean holdsControl(String value) {
    return value.chars().anyMatch(Character::isISOControl);
  }

  private static CommandRejected malformed(String detail, @Nullable Object value) {
    return new CommandRejected(RejectionCode.MALFORMED_REQUEST, detail, value, "STOMP 1.2");
  }

  private static CommandRejected invalid(String detail, Object value, String expected) {
    return new CommandRejected(RejectionCode.INVALID_VALUE, detail, value, expected);
  }

  /** Refusals need nothing of their own: the session knows the id. */
  private static final class Rejections implements Subscription {
    private volatile boolean ended;

    @Override
    public void end() {
      ended = true;
    }

    @Override
    public boolean ended() {
      return ended;
    }
  }
}
