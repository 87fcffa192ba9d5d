package io.confab.views;

import io.confab.events.EventEnvelope;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore.Rebuild;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToLongBiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The generation of one view that readers see, the one that is built beside it, and those that
 * wait. Locks are taken in this order: a rebuild, this, a generation.
 */
final class LiveView implements ViewWriter {
  private final Database database;
  private final ToLongBiFunction<Family, String> readApplied;
  private final Waiters<String> conversations = new Waiters<>();
  private final Waiters<View> positions = new Waiters<>();
  private volatile Generation live;
  private @Nullable Building building;
  private long heldUntilNanos = System.nanoTime();

  LiveView(Database database, View view, ToLongBiFunction<Family, String> readApplied) {
    this.database = database;
    this.readApplied = readApplied;
    this.live = database.recover(view);
  }

  @Override
  public long position() {
    return live.position();
  }

  @Override
  public synchronized void apply(List<EventEnvelope> events, long position) {
    awaitRebuild();
    wake(database.use(() -> live.apply(database.unsynced(), events, position)));
  }

  <T> T read(Function<Family, T> reading) {
    return database.use(() -> reading.apply(live.family));
  }

  long applied(String conversation) {
    return read(family -> readApplied.applyAsLong(family, conversation));
  }

  boolean awaitApplied(String conversation, long sequence, Duration timeout)
      throws InterruptedException {
    return conversations.await(conversation, sequence, () -> applied(conversation), timeout);
  }

  boolean awaitPosition(long position, Duration timeout) throws InterruptedException {
    return positions.await(live.view, position, this::position, timeout);
  }

  synchronized Rebuild rebuild() {
    if (building != null) {
      throw new IllegalStateException(live.view + " is being rebuilt");
    }
    building = new Building(database.use(() -> database.create(live.view)));
    return building;
  }

  private synchronized void hold(Duration atMost) {
    heldUntilNanos = System.nanoTime() + atMost.toNanos();
    notifyAll();
  }

  private synchronized void awaitRebuild() {
    try {
      for (long left = heldUntilNanos - System.nanoTime();
          building != null && left > 0;
          left = heldUntilNanos - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ViewStoreException("interrupted while a rebuild held the live writer", e);
    }
  }

  private void wake(Map<String, Long> applied) {
    applied.forEach(conversations::reached);
    positions.reached(live.view, position());
  }

  /** Makes {@code built} the live generation where it has reached that; else does nothing. */
  private synchronized void replace(Building built) {
    Generation old = live;
    Generation next = built.generation;
    if (next.position() < old.position()) {
      return;
    }
    database.use(
        () -> {
          database.makeLive(next);
          return next;
        });
    live = next;
    built.done = true; // before anything that can fail: it must not be dropped any more
    building = null;
    notifyAll();
    positions.reached(next.view, next.position());
    conversations.keys().forEach(key -> conversations.reached(key, applied(key)));
    database.drop(old);
  }

  private synchronized void abandon(Generation half) {
    building = null;
    notifyAll();
    database.drop(half);
  }

  private final class Building implements Rebuild {
    private final Generation generation;
    private boolean done;

    Building(Generation generation) {
      this.generation = generation;
    }

    @Override
    public long position() {
      return generation.position();
    }

    @Override
    public synchronized void apply(List<EventEnvelope> events, long position) {
      if (!done) {
        database.use(() -> generation.apply(database.unsynced(), events, position));
      }
    }

    @Override
    public boolean holdLive(Duration atMost) {
      hold(atMost);
      return true;
    }

    @Override
    public void letGo() {
      hold(Duration.ZERO);
    }

    @Override
    public synchronized boolean switchOver() {
      if (!done) {
        replace(this);
      }
      return live == generation;
    }

    @Override
    public synchronized void close() {
      if (!done) {
        done = true;
        abandon(generation);
      }
    }
  }
}
