package io.confab.edge.presence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What every implementation of {@link Typing} promises while nothing is down. */
abstract class TypingContract {
  /** The edges of one installation; at least one. */
  abstract List<? extends Typing> edges();

  /** Returns once the watches made until now hear of everything. */
  abstract void settle();

  private Typing edge(int number) {
    return edges().get(number % edges().size());
  }

  private static Typing.Signal signal(String conversation, String user) {
    return new Typing.Signal(conversation, user, 6_000);
  }

  @Test
  void everyWatcherOfTheConversationHearsEachSignal() {
    List<Typing.Signal> here = new CopyOnWriteArrayList<>();
    List<Typing.Signal> there = new CopyOnWriteArrayList<>();
    List<Typing.Signal> elsewhere = new CopyOnWriteArrayList<>();
    edge(0).watch("c-1", here::add);
    edge(1).watch("c-1", there::add);
    edge(1).watch("c-2", elsewhere::add);
    settle();
    edge(0).publish(signal("c-1", "ann"));
    edge(1).publish(signal("c-1", "bob"));
    edge(0).publish(signal("c-2", "cid"));
    await()
        .untilAsserted(
            () -> {
              assertThat(here)
                  .containsExactlyInAnyOrder(signal("c-1", "ann"), signal("c-1", "bob"));
              assertThat(there)
                  .containsExactlyInAnyOrder(signal("c-1", "ann"), signal("c-1", "bob"));
              assertThat(elsewhere).containsExactly(signal("c-2", "cid"));
            });
  }

  @Test
  void whoEndsTheWatchHearsNoMore() {
    List<Typing.Signal> ended = new CopyOnWriteArrayList<>();
    List<Typing.Signal> others = new CopyOnWriteArrayList<>();
    Watch watch = edge(1).watch("c-1", ended::add);
    edge(1).watch("c-1", others::add);
    settle();
    watch.close();
    settle();
    edge(0).publish(signal("c-1", "ann"));
    await().untilAsserted(() -> assertThat(others).containsExactly(signal("c-1", "ann")));
    assertThat(ended).isEmpty();
  }
}
