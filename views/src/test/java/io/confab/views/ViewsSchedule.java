package io.confab.views;

import io.confab.events.EventEnvelope;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore.Rebuild;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/**
 * A random log through random batches, with redelivery, restarts and rebuilds in between, compared
 * with the model at every third.
 */
final class ViewsSchedule implements AutoCloseable {
  private final Random random;
  private final Supplier<ViewStore> open;
  private final int events;
  private final List<EventEnvelope> log;
  private final ViewModel model = new ViewModel();
  private final Map<View, Rebuild> rebuilds = new EnumMap<>(View.class);
  private int modelled;
  private ViewStore store;

  /**
   * @param open opens the store with what it held when it was closed
   * @param events how many the log has
   */
  ViewsSchedule(Supplier<ViewStore> open, long seed, int events) {
    this.random = new Random(seed);
    this.open = open;
    this.events = events;
    this.log = new EventGenerator(seed, 3 + random.nextInt(8), 12).next(events);
    this.store = open.get();
  }

  void run() {
    int comparison = events / 3; // the last one is where the loop ends
    while (lowest() < events - 1) {
      step(View.values()[random.nextInt(View.values().length)]);
      if (lowest() >= comparison - 1) {
        comparison += events / 3;
        compare();
      }
    }
    for (View view : View.values()) {
      rebuild(view);
    }
    compare();
  }

  /** However the chances fell, each view is rebuilt once in each run. */
  private void rebuild(View view) {
    Rebuild rebuild = rebuilds.computeIfAbsent(view, store::rebuild);
    while (!rebuild.switchOver()) {
      feed(rebuild, 400);
    }
    rebuilds.remove(view).close();
  }

  private void step(View view) {
    switch (random.nextInt(40)) {
      case 0 -> {
        rebuilds.clear();
        store.close();
        store = open.get();
      }
      case 1, 2 -> rebuilds.computeIfAbsent(view, store::rebuild);
      case 3, 4 -> read();
      case 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 -> {
        Rebuild rebuild = rebuilds.get(view);
        if (rebuild != null) {
          feed(rebuild, 1 + random.nextInt(400));
          if (rebuild.switchOver()) {
            rebuilds.remove(view).close();
          }
        }
      }
      default -> feed(store.live(view), 1 + random.nextInt(60));
    }
  }

  /** Delivers from the position on, or from before it, once or twice. */
  private void feed(ViewWriter writer, int count) {
    int from = (int) writer.position() + 1;
    if (random.nextInt(4) == 0) {
      from = Math.max(0, from - random.nextInt(100));
    }
    int to = Math.min(events, from + count);
    for (int times = random.nextInt(4) == 0 ? 2 : 1; times > 0; times--) {
      writer.apply(log.subList(from, to), to - 1);
    }
  }

  private void read() {
    if (modelled == 0) {
      return;
    }
    EventEnvelope some = log.get(random.nextInt(modelled));
    String user = "u" + random.nextInt(12);
    store.advance(
        some.conversation(), user, model.marker(some.conversation(), user, some.sequence()));
  }

  private void compare() {
    int to = (int) Math.max(position(View.HISTORY), position(View.CONVERSATIONS)) + 1;
    for (View view : View.values()) {
      int from = (int) position(view) + 1;
      store.live(view).apply(log.subList(from, to), to - 1);
    }
    model.add(new ArrayList<>(log.subList(modelled, to)));
    modelled = to;
    model.assertSame(store);
  }

  private long lowest() {
    return Math.min(position(View.HISTORY), position(View.CONVERSATIONS));
  }

  private long position(View view) {
    return store.live(view).position();
  }

  @Override
  public void close() {
    store.close();
  }
}
