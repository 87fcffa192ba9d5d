package io.confab.edge;

import io.confab.edge.presence.Presence;
import io.confab.edge.presence.UserPresence;
import io.confab.edge.presence.Watch;
import org.jspecify.annotations.Nullable;

/**
 * A session that sees one user's presence. Where the session is slow, it is given the latest status
 * only.
 */
final class PresenceSubscription implements Subscription {
  private final Outbound outbound;
  private final String id;
  private final String destination;
  private @Nullable UserPresence unsent;
  private @Nullable Watch watch;
  private boolean waitsForRoom;
  private boolean ended;
  private long sent;

  PresenceSubscription(Outbound outbound, String id, String destination) {
    this.outbound = outbound;
    this.id = id;
    this.destination = destination;
  }

  /** Begins with the present status. */
  void start(Presence presence) {
    Watch started = presence.watch(Destinations.userOf(destination), this::changed);
    synchronized (this) {
      if (!ended) {
        watch = started;
        return;
      }
    }
    started.close();
  }

  private synchronized void changed(UserPresence presence) {
    unsent = presence;
    send();
  }

  private synchronized void drained() {
    waitsForRoom = false;
    send();
  }

  private void send() {
    UserPresence presence = unsent;
    if (ended || waitsForRoom || presence == null) {
      return;
    }
    if (outbound.addIfRoom(StompFrames.presence(id, destination, ++sent, presence))) {
      unsent = null;
      outbound.flushSoon();
    } else {
      waitsForRoom = true;
      outbound.whenDrained(this::drained);
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
  }

  @Override
  public synchronized boolean ended() {
    return ended;
  }
}
