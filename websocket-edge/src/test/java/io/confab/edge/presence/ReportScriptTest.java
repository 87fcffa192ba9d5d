package io.confab.edge.presence;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisNodes;
import io.confab.edge.redis.ShardedChannels;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReportScriptTest {
  private static RedisCluster redis;
  private static final int BUCKET = PresenceKeys.bucket("ann");
  private static final String HASH = PresenceKeys.user("ann");

  @BeforeAll
  static void connect() {
    redis = RedisEdges.connect(RedisNodes.shared(), 1).get(0);
  }

  @AfterAll
  static void disconnect() {
    redis.close();
  }

  @BeforeEach
  void flush() {
    RedisNodes.shared().flush();
  }

  private static ReportScript script() {
    return new ReportScript(redis, Duration.ofSeconds(15));
  }

  private static int report(String edge, Status status, long now) {
    return script().run(BUCKET, edge, Map.of("ann", status), now).join();
  }

  private static Map<String, String> hash() {
    return redis.run(c -> c.hgetall(HASH)).join();
  }

  @Test
  void keepsWhatEachEdgeSaysAndWhatItAmountsTo() {
    assertThat(report("e-1", Status.AWAY, 1_000)).isEqualTo(1);
    assertThat(report("e-2", Status.BUSY, 2_000)).isEqualTo(1);
    assertThat(report("e-1", Status.ONLINE, 3_000)).as("not the strongest").isZero();
    assertThat(hash())
        .containsOnly(
            Map.entry("edge:e-1", "online 18000"),
            Map.entry("edge:e-2", "busy 17000"),
            Map.entry("status", "busy 2000"));
    assertThat(redis.run(c -> c.smembers(PresenceKeys.edge(BUCKET, "e-1"))).join())
        .containsExactly("ann");
    assertThat(redis.run(c -> c.pttl(HASH)).join()).isBetween(1L, 15_000L);
  }

  @Test
  void theLastWordTakenBackMeansOfflineAndIsRemembered() {
    report("e-1", Status.ONLINE, 1_000);
    report("e-2", Status.AWAY, 1_000);
    assertThat(report("e-1", Status.OFFLINE, 5_000)).isEqualTo(1);
    assertThat(report("e-2", Status.OFFLINE, 6_000)).isEqualTo(1);
    assertThat(hash()).containsOnly(Map.entry("status", "offline 6000"));
    assertThat(redis.run(c -> c.exists(PresenceKeys.edge(BUCKET, "e-1"))).join()).isZero();
    assertThat(redis.run(c -> c.pttl(HASH)).join())
        .isBetween(15_001L, ReportScript.REMEMBERED.toMillis());
  }

  @Test
  void dropsWhatCountsNoMore() {
    report("e-1", Status.BUSY, 1_000);
    assertThat(report("e-2", Status.ONLINE, 16_000)).isEqualTo(1);
    assertThat(hash()).containsOnlyKeys("edge:e-2", "status");
  }

  @Test
  void aChangeIsLaterThanTheOneBeforeWhateverTheClocksSay() {
    report("e-1", Status.ONLINE, 5_000);
    report("e-2", Status.BUSY, 4_000);
    assertThat(hash()).containsEntry("status", "busy 5001");
  }

  @Test
  void publishesChangesOnlyAndManyUsersGoTogether() {
    List<String> published = new CopyOnWriteArrayList<>();
    String other = other();
    try (ShardedChannels channels = new ShardedChannels(redis)) {
      channels.add(PresenceKeys.channel(BUCKET), published::add).join();
      script().run(BUCKET, "e-1", Map.of("ann", Status.ONLINE, other, Status.AWAY), 1_000).join();
      script().run(BUCKET, "e-1", Map.of("ann", Status.ONLINE, other, Status.AWAY), 2_000).join();
      script().run(BUCKET, "e-1", Map.of("ann", Status.OFFLINE, other, Status.AWAY), 3_000).join();
      org.awaitility.Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(published)
                      .containsExactlyInAnyOrder(
                          "ann online 1000", other + " away 1000", "ann offline 3000"));
    }
  }

  private static String other() {
    for (int i = 0; ; i++) {
      if (PresenceKeys.bucket("user-" + i) == BUCKET) {
        return "user-" + i;
      }
    }
  }
}
