package io.confab.edge.presence;

import static io.confab.edge.presence.Status.BUSY;
import static io.confab.edge.presence.Status.OFFLINE;
import static io.confab.edge.presence.Status.ONLINE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisNodes;
import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.KillArgs;
import io.lettuce.core.protocol.CommandType;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three edges on a real cluster of three nodes. */
class RedisPresenceTest extends PresenceContract {
  private static final RedisNodes NODES = RedisNodes.shared();
  private static List<RedisCluster> clusters;
  private RedisEdges redis;
  private List<RedisPresence> alive;

  @BeforeAll
  static void connect() {
    clusters = RedisEdges.connect(NODES, 3);
  }

  @AfterAll
  static void disconnect() {
    clusters.forEach(RedisCluster::close);
  }

  @BeforeEach
  void start() {
    NODES.flush();
    redis = new RedisEdges(clock, clusters);
    alive = redis.presences;
  }

  @AfterEach
  void stop() {
    redis.close();
  }

  @Override
  List<RedisPresence> edges() {
    return alive;
  }

  @Override
  void settle() {
    redis.settle();
  }

  @Override
  int steps() {
    return 300;
  }

  @Test
  void aDeadEdgesUsersAreReportedOfflineByOneOther() {
    edge(0).open("ann");
    edge(0).open("bob");
    settle();
    Heard ann = new Heard();
    Heard bob = new Heard();
    edge(2).watch("ann", ann);
    edge(1).watch("bob", bob);
    RedisPresence survivor = redis.presences.get(1);
    List<Presence.Device> there = List.of(survivor.open("bob"), survivor.open("cid"));
    advance(Duration.ofSeconds(4));

    alive = redis.presences.subList(1, 3);
    for (int second = 0; second < 11; second++) {
      there.forEach(Presence.Device::heard);
      advance(Duration.ofSeconds(1));
    }

    assertHeard(ann, ONLINE, OFFLINE);
    assertHeard(bob, ONLINE);
    assertThat(status("ann")).isEqualTo(OFFLINE);
    assertThat(status("cid")).isEqualTo(ONLINE);
    assertThat(redis.count("confab.presence.buried")).isEqualTo(2);
    advance(Duration.ofSeconds(10));
    assertThat(redis.count("confab.presence.buried")).as("once").isEqualTo(2);
  }

  @Test
  void whoeverClaimedADeadEdgeMayDieToo() {
    edge(0).open("ann");
    advance(Duration.ofSeconds(4));
    alive = redis.presences.subList(1, 2);
    // Claims the dead edge, but dies before it has reported anything.
    new LeaseScript(clusters.get(2))
        .run("edge-2", clock.millis + 9_000, clock.millis + 9_000 + RedisPresence.LEASE_MILLIS)
        .join();
    Heard ann = new Heard();
    edge(0).watch("ann", ann);
    advance(Duration.ofSeconds(16));
    assertThat(redis.count("confab.presence.buried")).isZero();
    advance(Duration.ofSeconds(4));
    assertThat(redis.count("confab.presence.buried")).isEqualTo(1);
    assertThat(ann.last().status()).isEqualTo(OFFLINE);
  }

  @Test
  void anEdgeThatWasTakenForDeadHasItsUsersBack() {
    Presence.Device device = edge(0).open("ann");
    advance(Duration.ofSeconds(4));
    alive = redis.presences.subList(1, 3);
    advance(Duration.ofSeconds(11));
    assertThat(status("ann")).isEqualTo(OFFLINE);
    alive = redis.presences;
    device.heard();
    advance(Duration.ofSeconds(3));
    assertThat(status("ann")).isEqualTo(ONLINE);
  }

  @Test
  void whatAnEdgeSaidCountsFor15SecondsAndNoLonger() {
    edge(0).open("ann");
    settle();
    alive = redis.presences.subList(1, 2); // no edge's lease has begun: nobody buries edge 0
    clock.millis += 14_999;
    assertThat(status("ann")).isEqualTo(ONLINE);
    clock.millis += 1;
    assertThat(of("ann")).isEqualTo(new UserPresence("ann", OFFLINE, clock.instant()));
  }

  @Test
  void aNotificationThatWasLostIsMadeUpFor() {
    Heard heard = new Heard();
    edge(1).watch("ann", heard);
    settle();
    advance(Duration.ofSeconds(1));
    redis.channels.get(1).remove(PresenceKeys.channel(PresenceKeys.bucket("ann")));
    Presence.Device device = edge(0).open("ann");
    settle();
    assertThat(heard.statuses()).containsExactly(OFFLINE);
    for (int second = 0; second < 16; second++) {
      device.heard();
      advance(Duration.ofSeconds(1));
    }
    assertHeard(heard, OFFLINE, ONLINE);
  }

  @Test
  void howLateWatchersAreToldIsMeasuredButNotWhatTheyAreToldFirst() {
    Presence.Device device = edge(0).open("ann");
    settle();
    clock.millis += 3_000;
    Heard heard = new Heard();
    edge(1).watch("ann", heard);
    assertHeard(heard, ONLINE);
    edge(1).tick();
    settle();
    redis.channels.get(1).remove(PresenceKeys.channel(PresenceKeys.bucket("ann")));
    device.choose(BUSY);
    settle();
    for (int second = 0; second < 16; second++) {
      device.heard();
      advance(Duration.ofSeconds(1));
    }
    assertHeard(heard, ONLINE, BUSY);
    settle();
    Timer told = redis.meters.get(1).get("confab.presence.told").timer();
    assertThat(told.count()).isEqualTo(1);
    assertThat(told.totalTime(TimeUnit.SECONDS)).isBetween(14.0, 16.0);
  }

  /** The clock stands still, so nothing is read because it is time to. */
  @Test
  void whatWasPublishedWhileAnEdgeCouldNotListenIsReadOnceItDoes() {
    try (RedisNodes nodes = RedisNodes.start(1)) {
      List<RedisCluster> own = RedisEdges.connect(nodes, 2);
      try (RedisEdges edges = new RedisEdges(clock, own)) {
        Heard heard = new Heard();
        RedisPresence listens = edges.presences.get(1);
        listens.watch("ann", heard);
        edges.settle();
        listens.tick();
        edges.settle();
        allow(own.get(0), CommandType.SSUBSCRIBE, false);
        own.get(0).run(redis -> redis.clientKill(KillArgs.Builder.typePubsub())).join();
        edges.presences.get(0).open("ann");
        edges.settle();
        assertThat(heard.statuses()).containsExactly(OFFLINE);
        allow(own.get(0), CommandType.SSUBSCRIBE, true);
        await()
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(
                () -> {
                  edges.channels.get(1).refresh();
                  listens.tick();
                  assertThat(heard.statuses()).containsExactly(OFFLINE, ONLINE);
                });
      } finally {
        own.forEach(RedisCluster::close);
      }
    }
  }

  /** The claim on the dead edge lasts longer than what is left of the 15 s. */
  @Test
  void aBurialThatRedisFailsIsTriedAgainBeforeItsClaimEnds() {
    try (RedisNodes nodes = RedisNodes.start(1)) {
      List<RedisCluster> own = RedisEdges.connect(nodes, 2);
      try (RedisEdges edges = new RedisEdges(clock, own)) {
        RedisPresence survivor = edges.presences.get(1);
        edges.presences.get(0).open("ann");
        edges.presences.forEach(Presence::tick);
        edges.settle();
        allow(own.get(0), CommandType.SMEMBERS, false);
        clock.millis += RedisPresence.LEASE_MILLIS;
        survivor.tick();
        edges.settle();
        assertThat(edges.count("confab.presence.failures")).isPositive();
        assertThat(edges.count("confab.presence.buried")).isZero();
        allow(own.get(0), CommandType.SMEMBERS, true);
        clock.millis += 2_000;
        survivor.tick();
        edges.settle();
        assertThat(edges.count("confab.presence.buried")).isEqualTo(1);
        assertThat(survivor.query(List.of("ann")).join().get(0).status()).isEqualTo(OFFLINE);
      } finally {
        own.forEach(RedisCluster::close);
      }
    }
  }

  private static void allow(RedisCluster redis, CommandType command, boolean may) {
    AclSetuserArgs right =
        may
            ? AclSetuserArgs.Builder.addCommand(command)
            : AclSetuserArgs.Builder.removeCommand(command);
    redis.run(commands -> commands.aclSetuser("default", right)).join();
  }

  @Test
  void worksOnANodeThatHasForgottenTheScripts() {
    edge(0).open("ann");
    settle();
    NODES.flushScripts();
    edge(1).open("bob");
    assertThat(status("bob")).isEqualTo(ONLINE);
    assertThat(status("ann")).isEqualTo(ONLINE);
  }

  @Test
  void watchersThatEndLeaveNothingBehind() {
    Watch watch = edge(0).watch("ann", presence -> {});
    settle();
    watch.close();
    watch.close();
    assertThat(redis.meters.get(0).get("confab.presence.watches").gauge().value()).isZero();
    edge(1).open("ann");
    assertThat(status("ann")).isEqualTo(ONLINE);
  }

  /** On nodes of its own, because it stops them. */
  @Test
  void whileRedisIsDownPresenceIsUnknownAndThenRightAgain() {
    try (RedisNodes nodes = RedisNodes.start(1)) {
      List<RedisCluster> own = RedisEdges.connect(nodes, 2);
      try (RedisEdges edges = new RedisEdges(clock, own)) {
        RedisPresence one = edges.presences.get(0);
        RedisPresence other = edges.presences.get(1);
        List<Heard> heard = List.of(new Heard(), new Heard(), new Heard());
        Presence.Device stays = one.open("stays");
        Presence.Device goes = one.open("goes");
        List<String> users = List.of("stays", "goes", "comes");
        for (int i = 0; i < 3; i++) {
          other.watch(users.get(i), heard.get(i));
        }
        awaitTold(edges, List.of(stays, goes), heard, ONLINE, ONLINE, OFFLINE);

        nodes.kill(0);
        awaitTold(
            edges, List.of(stays, goes), heard, Status.UNKNOWN, Status.UNKNOWN, Status.UNKNOWN);
        assertThat(other.query(users).join())
            .extracting(UserPresence::status)
            .containsOnly(Status.UNKNOWN);
        goes.close();
        Presence.Device comes = one.open("comes");

        nodes.restart(0);
        awaitTold(edges, List.of(stays, comes), heard, ONLINE, OFFLINE, ONLINE);
        comes.close();
        awaitTold(edges, List.of(stays), heard, ONLINE, OFFLINE, OFFLINE);
        assertThat(edges.count("confab.presence.failures")).isPositive();
      } finally {
        own.forEach(RedisCluster::close);
      }
    }
  }

  @Test
  void redisMayComeLater() {
    try (RedisNodes nodes = RedisNodes.start(1)) {
      nodes.kill(0);
      RedisCluster own = new RedisCluster(nodes.settings());
      try (RedisEdges edges = new RedisEdges(clock, List.of(own))) {
        RedisPresence edge = edges.presences.get(0);
        Presence.Device device = edge.open("ann");
        Heard heard = new Heard();
        edge.watch("ann", heard);
        awaitTold(edges, List.of(device), List.of(heard), Status.UNKNOWN);
        nodes.restart(0);
        awaitTold(edges, List.of(device), List.of(heard), ONLINE);
      } finally {
        own.close();
      }
    }
  }

  /** Lets time pass, in which those devices are heard, until the watchers were told these. */
  private void awaitTold(
      RedisEdges edges, List<Presence.Device> devices, List<Heard> heard, Status... expected) {
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .ignoreException(IndexOutOfBoundsException.class)
        .untilAsserted(
            () -> {
              clock.millis += 500;
              devices.forEach(Presence.Device::heard);
              edges.presences.forEach(Presence::tick);
              assertThat(heard).extracting(one -> one.last().status()).containsExactly(expected);
            });
  }
}
