package io.confab.edge;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Which users have sessions here, as the feed is told. Safe for use by many threads. */
final class Attendance {
  /** How long a session waits for the feed. */
  static final long PATIENCE_MILLIS = 2_000;

  private final ConversationFeed feed;
  private final Executor threads;
  private final long patienceMillis;
  private final Map<String, User> users = new ConcurrentHashMap<>();

  private record User(int sessions, CompletableFuture<@Nullable Void> expected) {}

  /**
   * @param threads run what has waited; may be blocked
   */
  Attendance(ConversationFeed feed, Executor threads) {
    this(feed, threads, PATIENCE_MILLIS);
  }

  Attendance(ConversationFeed feed, Executor threads, long patienceMillis) {
    this.feed = feed;
    this.threads = threads;
    this.patienceMillis = patienceMillis;
  }

  /** A session of the user has begun. */
  Visit enter(String user) {
    User entered =
        users.compute(
            user,
            (name, present) ->
                present == null
                    ? new User(1, feed.user(name, true))
                    : new User(present.sessions() + 1, present.expected()));
    return new Visit(user, entered.expected());
  }

  private void leave(String user) {
    users.computeIfPresent(
        user,
        (name, present) -> {
          if (present.sessions() > 1) {
            return new User(present.sessions() - 1, present.expected());
          }
          var unused = feed.user(name, false);
          return null;
        });
  }

  /** A session of a user. */
  final class Visit {
    private final String user;
    private final CompletableFuture<@Nullable Void> expected;
    private final AtomicBoolean over = new AtomicBoolean();

    Visit(String user, CompletableFuture<@Nullable Void> expected) {
      this.user = user;
      this.expected =
          expected.isDone()
              ? expected
              : expected.copy().completeOnTimeout(null, patienceMillis, TimeUnit.MILLISECONDS);
    }

    /** Whether the feed delivers what concerns the user, or was waited for long enough. */
    boolean settled() {
      return expected.isDone();
    }

    /** Runs it once that is so. */
    void whenSettled(Runnable task) {
      expected.thenRunAsync(task, threads);
    }

    /** The session is over. Leaving twice is harmless. */
    void leave() {
      if (over.compareAndSet(false, true)) {
        Attendance.this.leave(user);
      }
    }
  }
}
