package io.confab.projections;

import io.confab.events.EventEnvelope;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore;
import io.confab.views.ViewStore.Rebuild;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A view store whose rebuilds hold before their second batch until they are let go. */
final class HeldRebuilds {
  final CountDownLatch held = new CountDownLatch(1);
  final CountDownLatch letGo = new CountDownLatch(1);

  ViewStore of(ViewStore store) {
    return (ViewStore)
        Proxy.newProxyInstance(
            ViewStore.class.getClassLoader(),
            new Class<?>[] {ViewStore.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("rebuild")) {
                return held(store.rebuild((View) arguments[0]));
              }
              try {
                return method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private Rebuild held(Rebuild rebuild) {
    return new ForwardingRebuild(rebuild) {
      @Override
      public void apply(List<EventEnvelope> events, long position) {
        if (position() >= 0) {
          held.countDown();
          try {
            letGo.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        }
        super.apply(events, position);
      }
    };
  }
}
