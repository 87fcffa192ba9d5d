package io.confab.edge;

import io.confab.events.EncodedEvent;
import io.confab.events.EventJson;
import io.confab.events.EventType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subscription to every conversation that a user is in: one cursor for each, those joined later
 * included. Cursors that ended are kept, so that a late repetition of "added" does not begin what a
 * later "removed" has ended.
 */
final class Inbox implements Subscription {
  private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);

  /** In how many events the places are looked for at which the user was added. */
  private static final int LOOK_BACK = 1_000;

  private final StompSession session;
  private final String id;
  private final EdgePorts ports;
  private final SubscriptionIndex index;
  private final CatchUp catchUp;
  private final Instant began;
  private final Map<String, Cursor> cursors = new HashMap<>();
  private boolean ended;

  Inbox(
      StompSession session, String id, EdgePorts ports, SubscriptionIndex index, CatchUp catchUp) {
    this.session = session;
    this.id = id;
    this.ports = ports;
    this.index = index;
    this.catchUp = catchUp;
    this.began = ports.clock().instant();
  }

  /**
   * Begins the delivery. Registered first and asked for members after, and again for each
   * conversation: what changes in between is seen by the feed or by the second look. The second is
   * as of that conversation's head, also where the list of a user's conversations is behind.
   * Nothing is delivered before all has been asked for, which may fail.
   */
  void start() {
    index.add(session.user(), this);
    List<String> candidates = ports.memberships().conversationsOf(session.user());
    Map<Cursor, Long> heads = new HashMap<>();
    for (String conversation : candidates) {
      Cursor cursor = register(conversation);
      if (cursor != null) {
        heads.put(cursor, ports.log().head(conversation));
      }
    }
    List<Cursor> left = new ArrayList<>();
    for (Cursor cursor : heads.keySet()) {
      if (!ports.memberships().isMember(cursor.conversation(), session.user())) {
        left.add(cursor);
      }
    }
    heads.keySet().removeAll(left);
    heads.forEach((cursor, head) -> cursor.start(head, head));
    left.forEach(this::forget);
  }

  private synchronized @Nullable Cursor register(String conversation) {
    if (ended || cursors.containsKey(conversation)) {
      return null;
    }
    return create(conversation);
  }

  /**
   * The user was added at {@code sequence}.
   *
   * @return the cursor that begins with this event, or null where none is due
   */
  @Nullable Cursor joined(String conversation, long sequence) {
    return joined(conversation, sequence, () -> {});
  }

  /**
   * @param first runs before anything is delivered
   */
  private synchronized @Nullable Cursor joined(String conversation, long sequence, Runnable first) {
    Cursor present = cursors.get(conversation);
    if (ended || present != null && present.memberAgain(sequence)) {
      return null;
    }
    Cursor cursor = create(conversation);
    first.run();
    cursor.start(sequence - 1, sequence - 1);
    return cursor;
  }

  /**
   * Begins what the user was added to without the feed's saying so, where that was, and gives what
   * the user has left again since this began up to there. A list that is behind the log does no
   * harm: what is not there yet is found the next time. May block.
   */
  void lookAgain() {
    try {
      for (String conversation : ports.memberships().conversationsOf(session.user())) {
        if (!follows(conversation)) {
          begin(conversation);
        }
      }
    } catch (RuntimeException e) {
      catchUp.lookFailed();
      LOG.debug("Cannot look for what {} has joined", session.user(), e);
    }
  }

  private synchronized boolean follows(String conversation) {
    Cursor cursor = cursors.get(conversation);
    return ended || cursor != null && !cursor.ended();
  }

  private void begin(String conversation) {
    String user = session.user();
    long head = ports.log().head(conversation);
    long from = Math.max(behind(conversation), head - LOOK_BACK) + 1;
    List<EncodedEvent> changes = catchUp.changes(conversation, user, from, head);
    List<Cursor> begun = new ArrayList<>();
    for (long addition : due(changes)) {
      add(joined(conversation, addition), begun);
    }
    if (changes.isEmpty() && ports.memberships().isMember(conversation, user)) {
      add(joined(conversation, head + 1, () -> gap(conversation, head)), begun);
    }
    if (!begun.isEmpty()) {
      catchUp.foundJoin();
      begun.forEach(Cursor::check);
    }
  }

  private static void add(@Nullable Cursor cursor, List<Cursor> to) {
    if (cursor != null) {
      to.add(cursor);
    }
  }

  /** The sequence behind which nothing was delivered. */
  private synchronized long behind(String conversation) {
    Cursor cursor = cursors.get(conversation);
    return cursor == null ? -1 : cursor.last();
  }

  /** Where the user was added; not where they had left before this began. */
  private List<Long> due(List<EncodedEvent> changes) {
    List<Long> additions = new ArrayList<>();
    for (EncodedEvent change : changes) {
      if (change.type() != EventType.MEMBER_REMOVED) {
        additions.add(change.sequence());
      } else if (before(change)) {
        additions.clear();
      }
    }
    return additions;
  }

  private boolean before(EncodedEvent event) {
    Instant at = EventJson.at(event.envelope());
    return at == null || at.isBefore(began);
  }

  /** The user was added too long ago to be found: how much of this is missing is not known. */
  private void gap(String conversation, long head) {
    LOG.warn(
        "{} was added to {} over {} events ago, unnoticed: the inbox goes on behind {}",
        session.user(),
        conversation,
        LOOK_BACK,
        head);
    session.outbound().add(StompFrames.historyGap(id, Destinations.INBOX, conversation, 0, head));
    session.outbound().flush();
  }

  private Cursor create(String conversation) {
    Cursor cursor = new Cursor(session, id, Destinations.INBOX, conversation, index, catchUp);
    cursors.put(conversation, cursor);
    index.add(cursor);
    return cursor;
  }

  /** Ends the cursor; where the feed has brought that the user was added again, begins anew. */
  private void forget(Cursor cursor) {
    Cursor anew = null;
    synchronized (this) {
      long added = cursor.endBehindAddition();
      cursors.remove(cursor.conversation(), cursor);
      if (!ended && added >= 0) {
        anew = create(cursor.conversation());
        anew.start(added - 1, added - 1);
      }
    }
    if (anew != null) {
      anew.check();
    }
  }

  /** What was delivered is in doubt: ends the session. */
  void fail() {
    session.fail(null, StompSession.internalError());
  }

  @Override
  public synchronized void end() {
    ended = true;
    index.remove(session.user(), this);
    cursors.values().forEach(Cursor::end);
    cursors.clear();
  }

  @Override
  public synchronized boolean ended() {
    return ended;
  }
}
