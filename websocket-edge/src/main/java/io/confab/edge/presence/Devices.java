package io.confab.edge.presence;

import java.time.Clock;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that are connected here, and one status for each of their users: the strongest of
 * the sessions. Safe for use by many threads.
 */
final class Devices {
  private final ConcurrentHashMap<String, User> users = new ConcurrentHashMap<>();
  private final Clock clock;
  private final long awayMillis;
  private final long offlineMillis;
  private final Listener listener;

  /** Is told of each change. */
  interface Listener {

    /**
     * Called for one user by one thread at a time, in the order of the changes, within a lock on
     * that user: must not call back.
     *
     * @param atMillis when, by the clock
     */
    void changed(String user, Status status, long atMillis);
  }

  Devices(Clock clock, PresenceSettings settings, Listener listener) {
    this.clock = clock;
    this.awayMillis = settings.awayAfter().toMillis();
    this.offlineMillis = settings.offlineAfter().toMillis();
    this.listener = listener;
  }

  Presence.Device open(String user) {
    Session session = new Session(user);
    update(user, session, true);
    return session;
  }

  /** Notices who has become silent. */
  void tick() {
    long now = clock.millis();
    users.forEach(
        (user, sessions) -> {
          if (sessions.strongest(now) != sessions.shown) {
            update(user, null, false);
          }
        });
  }

  /** The users who are not offline as far as this edge knows. */
  Map<String, Status> present() {
    Map<String, Status> present = new HashMap<>();
    users.forEach(
        (user, sessions) -> {
          Status status = sessions.shown;
          if (status != Status.OFFLINE) {
            present.put(user, status);
          }
        });
    return present;
  }

  /** What the user's sessions here amount to. */
  Status status(String user) {
    User sessions = users.get(user);
    return sessions == null ? Status.OFFLINE : sessions.shown;
  }

  /** How many users have a session here. */
  int users() {
    return users.size();
  }

  /** Adds or removes a session, where one is given, and tells what follows. */
  private void update(String user, @Nullable Session session, boolean there) {
    users.compute(
        user,
        (key, present) -> {
          User sessions = present == null ? new User() : present;
          if (session != null) {
            sessions.change(session, there);
          }
          long now = clock.millis();
          Status status = sessions.strongest(now);
          if (status != sessions.shown) {
            sessions.shown = status;
            listener.changed(user, status, now);
          }
          return sessions.sessions.length == 0 ? null : sessions;
        });
  }

  /** Changed within the map's lock on the user; read without. */
  private static final class User {
    private volatile Session[] sessions = {};
    private volatile Status shown = Status.OFFLINE;

    void change(Session session, boolean there) {
      Set<Session> all = new LinkedHashSet<>(List.of(sessions));
      if (there) {
        all.add(session);
      } else {
        all.remove(session);
      }
      sessions = all.toArray(Session[]::new);
    }

    Status strongest(long now) {
      Status strongest = Status.OFFLINE;
      for (Session session : sessions) {
        strongest = strongest.orStronger(session.status(now));
      }
      return strongest;
    }
  }

  private final class Session implements Presence.Device {
    private final String user;
    private volatile long heardAt = clock.millis();
    private volatile Status chosen = Status.ONLINE;

    Session(String user) {
      this.user = user;
    }

    Status status(long now) {
      long silence = now - heardAt;
      if (silence >= offlineMillis) {
        return Status.OFFLINE;
      }
      return silence >= awayMillis ? Status.AWAY : chosen;
    }

    @Override
    public void heard() {
      long now = clock.millis();
      boolean wasAway = now - heardAt >= awayMillis;
      heardAt = now;
      if (wasAway) {
        update(user, null, false);
      }
    }

    @Override
    public void choose(Status status) {
      if (status == Status.UNKNOWN || status == Status.OFFLINE) {
        throw new IllegalArgumentException("nobody can choose to be " + status.wireName());
      }
      chosen = status;
      heardAt = clock.millis();
      update(user, null, false);
    }

    @Override
    public void close() {
      update(user, this, false);
    }
  }
}
