package io.confab.edge.presence;

import static io.confab.edge.presence.Status.AWAY;
import static io.confab.edge.presence.Status.BUSY;
import static io.confab.edge.presence.Status.OFFLINE;
import static io.confab.edge.presence.Status.ONLINE;
import static io.confab.edge.presence.Status.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every implementation of {@link Presence} promises, on as many edges as it has. */
abstract class PresenceContract {
  private static final int TICK_MILLIS = 500;
  private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();

  final TestClock clock = new TestClock();

  /** The edges of one installation; at least one. */
  abstract List<? extends Presence> edges();

  /** Returns when all edges know what was said until now. */
  abstract void settle();

  /** How many steps the model test takes. */
  abstract int steps();

  final Presence edge(int number) {
    return edges().get(number % edges().size());
  }

  final void advance(Duration time) {
    for (long passed = 0; passed < time.toMillis(); passed += TICK_MILLIS) {
      clock.millis += TICK_MILLIS;
      for (Presence edge : edges()) {
        edge.tick();
        settle();
      }
    }
  }

  final UserPresence of(String user) {
    settle();
    List<UserPresence> answers =
        edges().stream().map(edge -> ask(edge, List.of(user)).get(0)).distinct().toList();
    assertThat(answers).as("all edges say the same").hasSize(1);
    return answers.get(0);
  }

  /**
   * Asks again where the answer is that it is unknown, as it is where the answer takes too long: no
   * test of this contract expects that.
   */
  private static List<UserPresence> ask(Presence edge, List<String> users) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      List<UserPresence> answers = edge.query(users).join();
      if (answers.stream().noneMatch(answer -> answer.status() == UNKNOWN)
          || System.nanoTime() > end) {
        return answers;
      }
    }
  }

  final Status status(String user) {
    return of(user).status();
  }

  /** Keeps what a watcher was told. */
  static final class Heard implements Consumer<UserPresence> {
    private final List<UserPresence> all = new ArrayList<>();

    @Override
    public synchronized void accept(UserPresence presence) {
      all.add(presence);
    }

    synchronized List<Status> statuses() {
      return all.stream().map(UserPresence::status).toList();
    }

    synchronized UserPresence last() {
      return all.get(all.size() - 1);
    }
  }

  final void assertHeard(Heard heard, Status... statuses) {
    settle();
    await()
        .pollInterval(Duration.ofMillis(1))
        .untilAsserted(() -> assertThat(heard.statuses()).containsExactly(statuses));
  }

  @Test
  void whoWasNeverHereIsOffline() {
    assertThat(of("nobody")).isEqualTo(new UserPresence("nobody", OFFLINE, null));
  }

  @Test
  void whoComesIsOnlineAtOnce() {
    edge(0).open("ann");
    assertThat(of("ann")).isEqualTo(new UserPresence("ann", ONLINE, clock.instant()));
  }

  @Test
  void heartBeatsKeepAUserOnline() {
    Instant came = clock.instant();
    Heard heard = new Heard();
    edge(1).watch("ann", heard);
    settle();
    Presence.Device device = edge(0).open("ann");
    for (int i = 0; i < 8; i++) {
      advance(Duration.ofSeconds(5));
      device.heard();
    }
    assertThat(of("ann")).isEqualTo(new UserPresence("ann", ONLINE, came));
    assertHeard(heard, OFFLINE, ONLINE);
  }

  @Test
  void twoMissedHeartBeatsMeanAway() {
    edge(0).open("ann");
    advance(Duration.ofMillis(9_500));
    assertThat(status("ann")).isEqualTo(ONLINE);
    advance(Duration.ofMillis(500));
    assertThat(of("ann")).isEqualTo(new UserPresence("ann", AWAY, clock.instant()));
  }

  @Test
  void silenceOf15SecondsMeansOffline() {
    Heard heard = new Heard();
    edge(1).watch("ann", heard);
    settle();
    edge(0).open("ann");
    advance(Duration.ofMillis(14_500));
    assertThat(status("ann")).isEqualTo(AWAY);
    advance(Duration.ofMillis(500));
    assertThat(of("ann")).isEqualTo(new UserPresence("ann", OFFLINE, clock.instant()));
    assertHeard(heard, OFFLINE, ONLINE, AWAY, OFFLINE);
  }

  @Test
  void whoIsHeardAgainIsBackAtOnce() {
    Presence.Device device = edge(0).open("ann");
    advance(Duration.ofSeconds(12));
    device.heard();
    assertThat(of("ann")).isEqualTo(new UserPresence("ann", ONLINE, clock.instant()));
    advance(Duration.ofSeconds(20));
    device.heard();
    assertThat(of("ann")).isEqualTo(new UserPresence("ann", ONLINE, clock.instant()));
  }

  @Test
  void whoClosesTheirLastSessionIsOfflineAtOnce() {
    Presence.Device first = edge(0).open("ann");
    Presence.Device second = edge(1).open("ann");
    settle(); // what edges say comes in no order among each other
    clock.millis += 1_000;
    first.close();
    assertThat(status("ann")).isEqualTo(ONLINE);
    second.close();
    assertThat(of("ann")).isEqualTo(new UserPresence("ann", OFFLINE, clock.instant()));
    Instant went = clock.instant();
    clock.millis += 1_000;
    second.close();
    second.heard();
    second.choose(BUSY);
    assertThat(of("ann")).isEqualTo(new UserPresence("ann", OFFLINE, went));
  }

  @ParameterizedTest
  @CsvSource({
    "BUSY,BUSY,BUSY",
    "BUSY,ONLINE,BUSY",
    "BUSY,AWAY,BUSY",
    "ONLINE,ONLINE,ONLINE",
    "ONLINE,AWAY,ONLINE",
    "AWAY,AWAY,AWAY"
  })
  void theStrongestOfTheSessionsCounts(Status one, Status other, Status seen) {
    edge(0).open("ann").choose(one);
    edge(1).open("ann").choose(other);
    edge(1).open("bob").choose(one);
    edge(0).open("bob").choose(other);
    assertThat(status("ann")).isEqualTo(seen);
    assertThat(status("bob")).isEqualTo(seen);
  }

  @Test
  void aChoiceEndsWhenItIsTakenBackOrItsSessionEnds() {
    Presence.Device phone = edge(0).open("ann");
    Presence.Device desk = edge(1).open("ann");
    desk.choose(BUSY);
    assertThat(status("ann")).isEqualTo(BUSY);
    desk.choose(ONLINE);
    assertThat(status("ann")).isEqualTo(ONLINE);
    desk.choose(BUSY);
    phone.choose(AWAY);
    assertThat(status("ann")).isEqualTo(BUSY);
    desk.close();
    assertThat(status("ann")).isEqualTo(AWAY);
  }

  @Test
  void aSilentSessionIsAwayWhateverItChose() {
    Presence.Device device = edge(0).open("ann");
    device.choose(BUSY);
    advance(Duration.ofSeconds(10));
    assertThat(status("ann")).isEqualTo(AWAY);
    device.heard();
    assertThat(status("ann")).as("the choice stays").isEqualTo(BUSY);
  }

  @Test
  void nobodyChoosesToBeOffline() {
    Presence.Device device = edge(0).open("ann");
    assertThatThrownBy(() -> device.choose(OFFLINE)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> device.choose(UNKNOWN)).isInstanceOf(IllegalArgumentException.class);
    assertThat(status("ann")).isEqualTo(ONLINE);
  }

  @Test
  void aWatcherIsToldThePresentStatusAndThenEachChange() {
    Presence.Device device = edge(0).open("ann");
    settle();
    Heard first = new Heard();
    Heard second = new Heard();
    Watch watch = edge(1).watch("ann", first);
    edge(0).watch("ann", second);
    assertHeard(first, ONLINE);
    assertHeard(second, ONLINE);
    device.choose(BUSY);
    edge(1).open("bob");
    device.choose(AWAY);
    assertHeard(first, ONLINE, BUSY, AWAY);
    watch.close();
    watch.close();
    device.close();
    assertHeard(second, ONLINE, BUSY, AWAY, OFFLINE);
    assertHeard(first, ONLINE, BUSY, AWAY);
  }

  @Test
  void aWatcherThatFailsKeepsNobodyFromHearing() {
    edge(0)
        .watch(
            "ann",
            presence -> {
              if (presence.status() == ONLINE) {
                throw new IllegalStateException("as a test");
              }
            });
    Heard heard = new Heard();
    edge(0).watch("ann", heard);
    settle();
    edge(1).open("ann");
    assertHeard(heard, OFFLINE, ONLINE);
  }

  @Test
  void manyAreAskedForAtOnceInTheirOrder() {
    List<String> users = IntStream.range(0, 1_000).mapToObj(i -> "user-" + i).toList();
    for (int i = 0; i < 1_000; i += 2) {
      edge(i / 2).open("user-" + i);
    }
    settle();
    List<UserPresence> answer = ask(edge(0), users);
    assertThat(answer).extracting(UserPresence::user).isEqualTo(users);
    for (int i = 0; i < 1_000; i++) {
      assertThat(answer.get(i).status()).isEqualTo(i % 2 == 0 ? ONLINE : OFFLINE);
    }
  }

  /** Random steps, after each of which all edges and all watchers say what a simple model says. */
  @Test
  void followsTheModel() {
    long seed = Long.getLong("confab.seed", System.nanoTime());
    System.out.println(getClass().getSimpleName() + " seed " + seed);
    Random random = new Random(seed);
    List<String> users = List.of("u-0", "u-1", "u-2", "u-3");
    Map<String, Heard> watchers = new HashMap<>();
    for (String user : users) {
      Heard heard = new Heard();
      watchers.put(user, heard);
      edge(random.nextInt(2)).watch(user, heard);
    }
    settle();
    List<Modelled> sessions = new ArrayList<>();
    for (int step = 0; step < steps(); step++) {
      String what = step(random, users, sessions);
      for (String user : users) {
        Status expected = expected(user, sessions);
        String where = "seed " + seed + ", step " + step + " (" + what + "), " + user;
        assertThat(status(user)).as(where).isEqualTo(expected);
        Heard heard = watchers.get(user);
        if (heard.last().status()
            != expected) { // what is told at once needs no thread to wait for it
          await()
              .pollInterval(Duration.ofMillis(1))
              .untilAsserted(() -> assertThat(heard.last().status()).as(where).isEqualTo(expected));
        }
      }
    }
    watchers.forEach(
        (user, heard) -> {
          List<Status> statuses = heard.statuses();
          for (int i = 1; i < statuses.size(); i++) {
            assertThat(statuses.get(i))
                .as(user + " is told changes only")
                .isNotEqualTo(statuses.get(i - 1));
          }
        });
  }

  private static final class Modelled {
    final String user;
    final Presence.Device device;
    long heardAt;
    Status chosen = ONLINE;

    Modelled(String user, Presence.Device device, long heardAt) {
      this.user = user;
      this.device = device;
      this.heardAt = heardAt;
    }
  }

  private String step(Random random, List<String> users, List<Modelled> sessions) {
    int dice = sessions.isEmpty() ? 0 : random.nextInt(100);
    if (dice < 20) {
      String user = users.get(random.nextInt(users.size()));
      sessions.add(new Modelled(user, edge(random.nextInt(2)).open(user), clock.millis));
      return "open " + user;
    }
    Modelled session = sessions.get(random.nextInt(sessions.size()));
    if (dice < 35) {
      sessions.remove(session);
      session.device.close();
      return "close " + session.user;
    }
    if (dice < 55) {
      session.heardAt = clock.millis;
      session.device.heard();
      return "heard " + session.user;
    }
    if (dice < 75) {
      session.chosen = List.of(ONLINE, AWAY, BUSY).get(random.nextInt(3));
      session.heardAt = clock.millis;
      session.device.choose(session.chosen);
      return session.user + " chooses " + session.chosen;
    }
    int ticks = 1 + random.nextInt(12);
    advance(Duration.ofMillis((long) ticks * TICK_MILLIS));
    return ticks + " ticks";
  }

  private Status expected(String user, List<Modelled> sessions) {
    Status strongest = OFFLINE;
    for (Modelled session : sessions) {
      long silence = clock.millis - session.heardAt;
      if (session.user.equals(user) && silence < 15_000) {
        Status status = silence < 10_000 ? session.chosen : AWAY;
        strongest = status.compareTo(strongest) > 0 ? status : strongest;
      }
    }
    return strongest;
  }
}
