package io.confab.views;

import io.confab.events.EventEnvelope;
import io.confab.views.CosmosPointer.Hold;
import io.confab.views.CosmosPointer.Read;
import io.confab.views.CosmosPointer.State;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore.Rebuild;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One view over its generations. A writer asks before each batch which of them is live; a reader
 * may use one for {@link #POINTER_AGE} after another took its place. Locks are taken in this order:
 * a rebuild, {@link #switching}, this.
 */
final class CosmosLiveView<V extends CosmosView> implements ViewWriter {
  private static final Logger LOG = LoggerFactory.getLogger(CosmosLiveView.class);

  /** How long a reader relies on what it knows of the live generation. */
  static final Duration POINTER_AGE = Duration.ofSeconds(1);

  /** With what it knew longer ago than this, a reader waits for what is live now. */
  static final Duration POINTER_TOO_OLD = Duration.ofSeconds(10);

  /** How long a generation outlives its being live: far longer than any read that began then. */
  static final Duration RETIRE_AFTER = Duration.ofSeconds(60);

  private static final Duration HOLD_POLL = Duration.ofMillis(20);

  private final View name;
  private final CosmosPointer pointer;
  private final Generations<V> generations;
  private final ExecutorService threads;
  private final ScheduledExecutorService later;
  private final PollingWaiters<String> conversations = new PollingWaiters<>();
  private final PollingWaiters<View> positions = new PollingWaiters<>();
  private final ReentrantReadWriteLock switching = new ReentrantReadWriteLock();
  private final ReentrantLock looking = new ReentrantLock();
  private volatile CosmosGeneration<V> live;
  private volatile long lookedNanos = System.nanoTime();
  private volatile boolean closed;
  private @Nullable Building building;
  private @Nullable Hold seen;
  private long seenNanos;

  private CosmosLiveView(
      View name,
      CosmosPointer pointer,
      Generations<V> generations,
      ExecutorService threads,
      ScheduledExecutorService later,
      int live) {
    this.name = name;
    this.pointer = pointer;
    this.generations = generations;
    this.threads = threads;
    this.later = later;
    this.live = generation(live);
  }

  /** The containers of a view's generations. */
  interface Generations<V> {

    /** Sees to it that the containers are there. */
    void create(int number);

    V open(int number);

    CosmosPosition position(int number);

    /** Removes the containers where they are there. */
    void drop(int number);
  }

  /** Makes the first generation where there is none; removes what nobody reads any more. */
  static <V extends CosmosView> CosmosLiveView<V> open(
      View name,
      CosmosPointer pointer,
      Generations<V> generations,
      ExecutorService threads,
      ScheduledExecutorService later) {
    State state = pointer.readOrCreate();
    generations.create(state.live());
    CosmosLiveView<V> view =
        new CosmosLiveView<>(name, pointer, generations, threads, later, state.live());
    state.retired().forEach(view::retire); // by whom it was switched may have died since
    return view;
  }

  @Override
  public long position() {
    return writing(usable(pointer.read()).state()).position();
  }

  @Override
  public void apply(List<EventEnvelope> events, long position) {
    while (!applied(events, position)) {
      pause();
    }
    positions.reached(name, position);
  }

  /** Whether it is; false while a rebuild holds the live writers. */
  private boolean applied(List<EventEnvelope> events, long position) {
    switching.readLock().lock();
    try {
      Read read = usable(pointer.read());
      if (held(read)) {
        return false;
      }
      writing(read.state()).apply(events, position).forEach(conversations::reached);
      return true;
    } finally {
      switching.readLock().unlock();
    }
  }

  /** Who waited as long as the hold asks must end it first, so that nobody switches under it. */
  private synchronized boolean held(Read read) {
    Hold hold = read.state().hold();
    if (hold == null) {
      return false;
    }
    return !isOver(hold) || !pointer.replace(read, read.state().held(null));
  }

  /** Whether it was seen here for as long as it asks: its process may have died. */
  private synchronized boolean isOver(Hold hold) {
    long now = System.nanoTime();
    if (!hold.equals(seen)) {
      seen = hold;
      seenNanos = now;
    }
    return now - seenNanos >= TimeUnit.MILLISECONDS.toNanos(hold.millis());
  }

  private static void pause() {
    try {
      TimeUnit.NANOSECONDS.sleep(HOLD_POLL.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ViewStoreException("interrupted while a rebuild held the live writer", e);
    }
  }

  /** The live generation's documents, for one reading. */
  V reading() {
    usable(live);
    long age = System.nanoTime() - lookedNanos;
    if (age >= POINTER_TOO_OLD.toNanos()) {
      looking.lock();
      look();
    } else if (age >= POINTER_AGE.toNanos() && looking.tryLock()) {
      look();
    }
    return live.view;
  }

  /** Under the lock, which it gives back. */
  private void look() {
    try {
      if (System.nanoTime() - lookedNanos >= POINTER_AGE.toNanos()) {
        writing(pointer.read().state());
        lookedNanos = System.nanoTime();
      }
    } finally {
      looking.unlock();
    }
  }

  long applied(String conversation) {
    return reading().applied(conversation);
  }

  boolean awaitApplied(String conversation, long sequence, Duration timeout)
      throws InterruptedException {
    return conversations.await(conversation, sequence, () -> applied(conversation), timeout);
  }

  boolean awaitPosition(long position, Duration timeout) throws InterruptedException {
    return positions.await(name, position, this::position, timeout);
  }

  synchronized Rebuild rebuild() {
    if (building != null) {
      throw new IllegalStateException(name + " is being rebuilt");
    }
    State before = usable(pointer.update(state -> state.built(state.last() + 1)));
    int number = before.last() + 1;
    if (before.building() != 0) {
      generations.drop(before.building());
    }
    before.retired().forEach(this::retire);
    generations.create(number);
    building = new Building(generation(number), false);
    return building;
  }

  SharedRebuilds.Numbers numbers() {
    return shown(usable(pointer.read()).state());
  }

  private static SharedRebuilds.Numbers shown(State state) {
    return new SharedRebuilds.Numbers(state.live(), state.building(), state.last());
  }

  /** Containers first: who sees the number may write to them. */
  boolean begin(SharedRebuilds.Numbers before) {
    Read read = usable(pointer.read());
    State state = read.state();
    if (state.building() != 0 || !shown(state).equals(before)) {
      return false;
    }
    int number = state.last() + 1;
    generations.create(number);
    return pointer.replace(read, state.built(number));
  }

  Rebuild join(int number) {
    return new Building(usable(generation(number)), true);
  }

  boolean abandon(int number) {
    State before =
        usable(pointer.update(state -> state.building() == number ? state.cancelled() : state));
    if (before.building() != number) {
      return false;
    }
    retire(number); // not at once: other processes fill it until their next look
    return true;
  }

  void close() {
    closed = true;
  }

  /** The live generation, as the pointer says; numbers only grow. */
  private synchronized CosmosGeneration<V> writing(State state) {
    if (state.live() > live.number) {
      live = generation(state.live());
    }
    return live;
  }

  private CosmosGeneration<V> generation(int number) {
    return new CosmosGeneration<>(
        number, generations.open(number), generations.position(number), threads);
  }

  private <T> T usable(T thing) {
    if (closed) {
      throw new ViewStoreException("the views are closed", null);
    }
    return thing;
  }

  /** Makes {@code built} the live generation where it has reached that; else does nothing. */
  private boolean replace(Building built) {
    switching.writeLock().lock();
    try {
      Read read = usable(pointer.read());
      State state = read.state();
      if (state.building() != built.generation.number
          || !reached(built, state)
          || !pointer.replace(read, state.switched())) {
        return false;
      }
      synchronized (this) {
        live = built.generation;
        building = building == built ? null : building;
      }
      built.done = true;
      retire(state.live());
    } finally {
      switching.writeLock().unlock();
    }
    return true; // who waits finds it at the next poll
  }

  /**
   * Writers that share the log out name no position; then only their being held says that it is.
   */
  private boolean reached(Building built, State state) {
    long position = built.position();
    boolean held = built.hold != null && built.hold.equals(state.hold());
    return position >= writing(state).position() && (held || position >= 0);
  }

  /**
   * Not in the place of another's hold that may still stand: each new one makes all writers wait
   * anew.
   */
  private boolean hold(Building built, @Nullable Hold before, Hold hold) {
    switching.writeLock().lock();
    try {
      Read read = usable(pointer.read());
      State state = read.state();
      Hold standing = state.hold();
      return state.building() == built.generation.number
          && (standing == null || standing.equals(before) || isOver(standing))
          && pointer.replace(read, state.held(hold));
    } finally {
      switching.writeLock().unlock();
    }
  }

  private void letGo(Hold hold) {
    usable(pointer.update(state -> hold.equals(state.hold()) ? state.held(null) : state));
  }

  private void abandon(Building built) {
    synchronized (this) {
      building = null;
    }
    int number = built.generation.number;
    pointer.update(state -> state.building() == number ? state.abandoned() : state);
    generations.drop(number);
  }

  private void retire(int number) {
    later.schedule(() -> drop(number), RETIRE_AFTER.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void drop(int number) {
    try {
      generations.drop(number);
      pointer.update(state -> state.without(number));
    } catch (RuntimeException e) {
      LOG.warn("cannot remove generation {} of {} before the next rebuild", number, name, e);
    }
  }

  private final class Building implements Rebuild {
    private final CosmosGeneration<V> generation;
    private final boolean shared;
    private @Nullable Hold hold;
    private boolean done;

    Building(CosmosGeneration<V> generation, boolean shared) {
      this.generation = generation;
      this.shared = shared;
    }

    @Override
    public long position() {
      return generation.position();
    }

    @Override
    public synchronized void apply(List<EventEnvelope> events, long position) {
      if (!done) {
        usable(generation).apply(events, position);
      }
    }

    @Override
    public synchronized boolean holdLive(Duration atMost) {
      if (done) {
        return false;
      }
      Hold before = hold;
      // Known before it is written: it may stand though no answer came.
      Hold next = new Hold(UUID.randomUUID().toString(), atMost.toMillis());
      hold = next;
      return CosmosLiveView.this.hold(this, before, next);
    }

    @Override
    public synchronized void letGo() {
      if (hold != null) {
        CosmosLiveView.this.letGo(hold);
        hold = null;
      }
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
        if (!shared) {
          abandon(this);
        }
      }
    }
  }
}
