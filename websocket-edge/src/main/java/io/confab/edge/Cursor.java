package io.confab.edge;

import io.confab.events.CommandRejected;
import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.EncodedEvent;
import io.confab.events.EventJson;
import io.confab.events.EventType;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far one subscription has been given one conversation. Delivers each event once and in order:
 * live while nothing is missing, else from the log until it has caught up with the live end.
 *
 * <p>While it reads the log it keeps no live event, only the greatest sequence that was offered:
 * what was offered is durable, so the log has it.
 */
final class Cursor implements Subscription {
  private static final Logger LOG = LoggerFactory.getLogger(Cursor.class);

  private enum State {
    /** Registered, position not known yet. */
    NEW,
    LIVE,
    /** A task reads the log; live events only raise {@code offered}. */
    CATCHING_UP,
    ENDED
  }

  private final StompSession session;
  private final String subscription;
  private final String destination;
  private final String conversation;
  private final SubscriptionIndex index;
  private final CatchUp catchUp;

  private State state = State.NEW;
  private long last = -1;
  private long offered = -1;
  private long memberAsOf = -1;

  /** The log is to be read as it was then or later, in {@link System#nanoTime}. */
  private long readAsOf = System.nanoTime();

  /** Where the feed said that the user was added, as far as not delivered yet. */
  private final TreeSet<Long> additions = new TreeSet<>();

  Cursor(
      StompSession session,
      String subscription,
      String destination,
      String conversation,
      SubscriptionIndex index,
      CatchUp catchUp) {
    this.session = session;
    this.subscription = subscription;
    this.destination = destination;
    this.conversation = conversation;
    this.index = index;
    this.catchUp = catchUp;
  }

  String conversation() {
    return conversation;
  }

  Outbound outbound() {
    return session.outbound();
  }

  /**
   * Begins the delivery behind {@code position}.
   *
   * @param memberAsOf a sequence as of which the user is known to be a member: a removal up to it
   *     is history, one behind it ends the cursor
   */
  void start(long position, long memberAsOf) {
    synchronized (this) {
      if (state != State.NEW) {
        return;
      }
      last = position;
      this.memberAsOf = memberAsOf;
      if (position >= memberAsOf && offered <= position) {
        state = State.LIVE;
        return;
      }
      state = State.CATCHING_UP;
      readAsOf = System.nanoTime();
    }
    catchUp.schedule(this);
  }

  /**
   * Takes an event from the feed.
   *
   * @param removed the user whom the event removes, or null
   * @return whether a frame waits to be flushed
   */
  synchronized boolean offer(EncodedEvent event, SharedFrames frames, @Nullable String removed) {
    long sequence = event.sequence();
    offered = Math.max(offered, sequence);
    if (state != State.LIVE || sequence <= last) {
      return false;
    }
    if (sequence > last + 1) {
      state = State.CATCHING_UP;
      catchUp.repair(this);
      return false;
    }
    if (!outbound().add(frames.of(subscription, destination))) {
      return false;
    }
    delivered(event, removed);
    return true;
  }

  /**
   * The user was added at {@code sequence}: a removal before it ends the delivery only up to there.
   *
   * @return false where this cursor has ended before and a new one is due
   */
  synchronized boolean memberAgain(long sequence) {
    if (state == State.ENDED) {
      return sequence <= last;
    }
    if (state == State.NEW || sequence > last) {
      additions.add(sequence);
    }
    return true;
  }

  /** The last sequence that was delivered, or behind which the delivery begins; or -1. */
  synchronized long last() {
    return last;
  }

  /** Looks into the log once more, for what the feed may have brought before this was here. */
  void check() {
    synchronized (this) {
      if (state != State.LIVE) {
        return;
      }
      state = State.CATCHING_UP;
      readAsOf = System.nanoTime();
    }
    catchUp.schedule(this);
  }

  /** The log goes up to {@code sequence} at least, but perhaps what is here does not. */
  synchronized void missed(long sequence) {
    offered = Math.max(offered, sequence);
    if (state == State.LIVE && sequence > last) {
      state = State.CATCHING_UP;
      catchUp.repair(this);
    }
  }

  /** What was delivered is in doubt: ends the session. */
  void fail() {
    session.fail(null, StompSession.internalError());
  }

  @Override
  public synchronized void end() {
    state = State.ENDED;
    // Also where it had ended: the end may have come before it was added to the index.
    index.remove(this);
  }

  /**
   * Ends.
   *
   * @return where the user was added last, as far as not delivered, or -1
   */
  synchronized long endBehindAddition() {
    end();
    return additions.isEmpty() ? -1 : additions.last();
  }

  @Override
  public synchronized boolean ended() {
    return state == State.ENDED;
  }

  /**
   * Reads the log up to the live end, or as far as the session has room. Run by one thread at a
   * time, because only one task is planned while it catches up.
   */
  void catchUp() {
    try {
      while (readPage()) {
        outbound().flush();
      }
    } catch (CommandRejected e) {
      session.fail(null, e);
    } catch (Throwable e) {
      // Not to be left in between: nothing would be delivered, and nobody would know.
      LOG.error("Could not catch up with {}", conversation, e);
      fail();
    }
    outbound().flush();
  }

  /** Whether to go on reading at once. */
  private boolean readPage() {
    long from;
    long needed;
    long asOf;
    synchronized (this) {
      if (state != State.CATCHING_UP) {
        return false;
      }
      from = last + 1;
      needed = offered;
      asOf = readAsOf;
    }
    LogPages.Page page = catchUp.page(this, from, needed, asOf);
    if (page == null) {
      return false;
    }
    synchronized (this) {
      long before = last;
      for (SharedFrames frames : page.frames()) {
        EncodedEvent event = frames.event();
        if (state != State.CATCHING_UP) {
          return false;
        }
        if (event.sequence() <= last) {
          continue; // from before this page was asked for, or when the user was no member
        }
        if (!outbound().addIfRoom(frames.of(subscription, destination))) {
          outbound().whenDrained(() -> catchUp.schedule(this));
          return false;
        }
        delivered(event, removedBy(event));
      }
      if (page.end() && last >= offered && state == State.CATCHING_UP) {
        state = State.LIVE;
        return false;
      }
      if (last == before) {
        catchUp.scheduleLater(this);
        return false;
      }
      return true;
    }
  }

  private void delivered(EncodedEvent event, @Nullable String removed) {
    last = event.sequence();
    catchUp.delivered();
    if (removed != null && last > memberAsOf && removed.equals(session.user())) {
      Long addedAgain = additions.higher(last);
      if (addedAgain == null) {
        end();
        return;
      }
      last = addedAgain - 1;
      if (state == State.LIVE) {
        state = State.CATCHING_UP;
        catchUp.schedule(this);
      }
    }
    if (!additions.isEmpty()) {
      additions.headSet(last, true).clear();
    }
  }

  /** The user whom the event removes, or null. */
  static @Nullable String removedBy(EncodedEvent event) {
    return event.type() == EventType.MEMBER_REMOVED
        ? ((MemberRemoved) EventJson.read(event.envelope()).event()).member()
        : null;
  }
}
