package io.confab.projections;

import io.confab.events.EventEnvelope;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore;
import io.confab.views.ViewWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;

/** A view store whose live writers first ask a guard, which may fail. */
final class FlakyViewStore {
  private FlakyViewStore() {}

  interface Guard {
    void before(View view, List<EventEnvelope> events);
  }

  static ViewStore of(ViewStore store, Guard guard) {
    return (ViewStore)
        Proxy.newProxyInstance(
            ViewStore.class.getClassLoader(),
            new Class<?>[] {ViewStore.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("live")) {
                return guarded(store, (View) arguments[0], guard);
              }
              try {
                return method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static ViewWriter guarded(ViewStore store, View view, Guard guard) {
    return new ViewWriter() {
      @Override
      public long position() {
        return store.live(view).position();
      }

      @Override
      public void apply(List<EventEnvelope> events, long position) {
        guard.before(view, events);
        store.live(view).apply(events, position);
      }
    };
  }
}
