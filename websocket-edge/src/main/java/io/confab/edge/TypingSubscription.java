package io.confab.edge;

import io.confab.edge.presence.Typing;
import io.confab.edge.presence.Watch;
import io.confab.events.CommandRejected;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member who sees who is typing in a conversation, until removed. The feed tells of a removal;
 * should it have skipped that, the membership is looked up again before a signal is delivered more
 * than 30 s after the last look. A signal for which a slow session has no room is dropped.
 */
final class TypingSubscription implements Subscription {
  private static final Logger LOG = LoggerFactory.getLogger(TypingSubscription.class);
  private static final long MEMBER_FOR_MILLIS = TimeUnit.SECONDS.toMillis(30);

  private final String user;
  private final Outbound outbound;
  private final String id;
  private final String destination;
  private final String conversation;
  private final EdgePorts ports;
  private final SubscriptionIndex index;
  private final CatchUp threads;
  private @Nullable Watch watch;
  private boolean ended;
  private long sent;
  private volatile long memberUntil;
  private volatile int doubts;
  private final AtomicBoolean looking = new AtomicBoolean();

  TypingSubscription(
      StompSession session,
      String id,
      String destination,
      EdgePorts ports,
      SubscriptionIndex index,
      CatchUp threads) {
    this.user = session.user();
    this.outbound = session.outbound();
    this.id = id;
    this.destination = destination;
    this.conversation = Destinations.conversationOf(destination);
    this.ports = ports;
    this.index = index;
    this.threads = threads;
  }

  String conversation() {
    return conversation;
  }

  /**
   * Registered first and asked for members after: a removal in between is seen by the feed.
   *
   * @throws CommandRejected where the user may not see it
   */
  void start() {
    index.add(this);
    ports.headForMember(conversation, user);
    member();
    Watch started = ports.typing().watch(conversation, this::typed);
    synchronized (this) {
      if (!ended) {
        watch = started;
        return;
      }
    }
    started.close();
  }

  private void member() {
    memberUntil = ports.clock().millis() + MEMBER_FOR_MILLIS;
  }

  /** Whether the user is still a member is to be looked up before the next signal. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // by the fan-out's threads, to any other number
  void doubt() {
    doubts++;
    memberUntil = 0;
  }

  void removed(String member) {
    if (member.equals(user)) {
      end();
    }
  }

  private void typed(Typing.Signal signal) {
    if (ports.clock().millis() < memberUntil) {
      deliver(signal);
    } else if (looking.compareAndSet(false, true)) { // what comes meanwhile is not worth a wait
      threads.run(() -> deliverToMember(signal));
    }
  }

  private void deliverToMember(Typing.Signal signal) {
    int before = doubts;
    try {
      if (ports.memberships().isMember(conversation, user)) {
        if (doubts == before) {
          member();
        }
        deliver(signal);
      } else {
        end();
      }
    } catch (CommandRejected unavailable) {
      LOG.debug("Whether {} is a member of {} is not known now", user, conversation, unavailable);
    } finally {
      looking.set(false);
    }
  }

  private synchronized void deliver(Typing.Signal signal) {
    if (!ended && outbound.addIfRoom(StompFrames.typing(id, destination, ++sent, signal))) {
      outbound.flushSoon();
    }
  }

  @Override
  public void end() {
    Watch present;
    synchronized (this) {
      ended = true;
      present = watch;
      watch = null;
    }
    if (present != null) {
      present.close();
    }
    // Also where it had ended: the end may have come before it was added to the index.
    index.remove(this);
  }

  @Override
  public synchronized boolean ended() {
    return ended;
  }
}
