package io.confab.projections;

import io.confab.events.EventEnvelope;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore;
import io.confab.views.ViewStore.Rebuild;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
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
    return new Rebuild() {
      @Override
      public long position() {
        return rebuild.position();
      }

      @Override
      public void apply(List<EventEnvelope> events, long position) {
        if (rebuild.position() >= 0) {
          held.countDown();
          try {
            letGo.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        }
        rebuild.apply(events, position);
      }

      @Override
      public boolean holdLive(Duration atMost) {
        return rebuild.holdLive(atMost);
      }

      @Override
      public void letGo() {
        rebuild.letGo();
      }

      @Override
      public boolean switchOver() {
        return rebuild.switchOver();
      }

      @Override
      public void close() {
        rebuild.close();
      }
    };
  }
}
