package io.confab.edge;

import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.Message;
import org.springframework.messaging.simp.stomp.StompCommand;
import org.springframework.messaging.simp.stomp.StompHeaderAccessor;

/**
 * What one session is subscribed to. SUBSCRIBE and UNSUBSCRIBE come from one thread at a time, the
 * session's end from any.
 */
final class Subscriptions {
  private final StompSession session;
  private final EdgePorts ports;
  private final EdgeSettings settings;
  private final SubscriptionIndex index;
  private final CatchUp catchUp;
  private final EdgeMetrics metrics;
  private final Map<String, Subscription> subscriptions = new ConcurrentHashMap<>();
  private volatile @Nullable String rejectionsId;

  Subscriptions(
      StompSession session,
      EdgePorts ports,
      EdgeSettings settings,
      SubscriptionIndex index,
      CatchUp catchUp,
      EdgeMetrics metrics) {
    this.session = session;
    this.ports = ports;
    this.settings = settings;
    this.index = index;
    this.catchUp = catchUp;
    this.metrics = metrics;
  }

  /** Whether it is a subscription that the feed serves. */
  static boolean needsFeed(Message<?> frame) {
    StompHeaderAccessor headers = StompHeaderAccessor.wrap(frame);
    String destination = headers.getFirstNativeHeader("destination");
    return headers.getCommand() == StompCommand.SUBSCRIBE
        && destination != null
        && (destination.equals(Destinations.INBOX) || Destinations.isTopic(destination));
  }

  /** The subscription to which refusals go, or null. */
  @Nullable String rejectionsId() {
    return rejectionsId;
  }

  /**
   * @throws CommandRejected where the client may not, or has too many
   */
  void subscribe(StompHeaderAccessor frame, @Nullable String receipt) {
    String id = ClientHeaders.requiredId(frame);
    String ack = frame.getFirstNativeHeader("ack");
    if (ack != null && !ack.equals("auto")) {
      throw ClientHeaders.invalid("Acknowledgements are not supported", ack, "ack:auto");
    }
    requireRoom(id);
    String destination = frame.getFirstNativeHeader("destination");
    if (destination == null) {
      throw Destinations.unknown(null, "a destination");
    }
    if (destination.equals(Destinations.REJECTIONS)) {
      add(id, new Rejections());
      rejectionsId = id;
      session.receipt(receipt);
    } else if (destination.equals(Destinations.INBOX)) {
      Inbox inbox = new Inbox(session, id, ports, index, catchUp);
      add(id, inbox);
      begin(id, inbox, inbox::start);
      session.receipt(receipt);
    } else if (Destinations.isPresence(destination)) {
      toPresence(id, destination, receipt);
    } else if (Destinations.isTyping(destination)) {
      toTyping(id, destination, receipt);
    } else {
      toConversation(id, destination, frame.getFirstNativeHeader("after"), receipt);
    }
  }

  private void requireRoom(String id) {
    Subscription present = subscriptions.get(id);
    if (present != null && !present.ended()) {
      throw ClientHeaders.invalid("The subscription id is in use", id, "an id that is not in use");
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
  }

  /** Receipt first, then the present status, then each change. */
  private void toPresence(String id, String destination, @Nullable String receipt) {
    Destinations.userOf(destination);
    PresenceSubscription presence = new PresenceSubscription(session.outbound(), id, destination);
    add(id, presence);
    session.receipt(receipt);
    begin(id, presence, () -> presence.start(ports.presence()));
  }

  private void toTyping(String id, String destination, @Nullable String receipt) {
    TypingSubscription typing =
        new TypingSubscription(session, id, destination, ports, index, catchUp);
    add(id, typing);
    begin(id, typing, typing::start);
    session.receipt(receipt);
  }

  /** Receipt first, then what is replayed, then what is live. */
  private void toConversation(
      String id, String destination, @Nullable String after, @Nullable String receipt) {
    String conversation = Destinations.conversationOf(destination);
    Cursor cursor = new Cursor(session, id, destination, conversation, index, catchUp);
    add(id, cursor);
    begin(
        id,
        cursor,
        () -> {
          if (index.cursors(conversation).length == 0) {
            // Refused before the feed is asked for it, which is work for more than this session.
            ports.headForMember(conversation, session.user());
          }
          index.add(cursor);
          // In this order: registered, then the head, then whether a member as of that head. So
          // nothing falls between the head and the first live event, and a removal behind the head
          // ends the subscription.
          long head = ports.headForMember(conversation, session.user());
          long position = after == null ? head : position(after, head);
          if (receipt != null) {
            session.outbound().add(StompFrames.subscribed(receipt, head));
          }
          if (head - position > settings.resumeLimit()) {
            session
                .outbound()
                .add(StompFrames.historyGap(id, destination, conversation, position + 1, head));
            position = head;
          }
          session.outbound().flush();
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
    throw ClientHeaders.invalid(
        "after is not a sequence of the conversation", after, "from -1 to " + head);
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
      if (!begun || session.over()) {
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

  /**
   * @throws CommandRejected where there is no such subscription
   */
  void unsubscribe(StompHeaderAccessor frame, @Nullable String receipt) {
    String id = ClientHeaders.requiredId(frame);
    if (!remove(id)) {
      throw ClientHeaders.invalid("There is no such subscription", id, "the id of a subscription");
    }
    if (id.equals(rejectionsId)) {
      rejectionsId = anyRejections();
    }
    session.receipt(receipt);
  }

  private @Nullable String anyRejections() {
    for (Map.Entry<String, Subscription> entry : subscriptions.entrySet()) {
      if (entry.getValue() instanceof Rejections) {
        return entry.getKey();
      }
    }
    return null;
  }

  /** The session is over: nothing is delivered from now on. */
  void endAll() {
    subscriptions.keySet().forEach(this::remove);
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
