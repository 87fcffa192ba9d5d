package io.confab.edge.presence;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.edge.presence.LeaseScript.Renewal;
import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisNodes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaseScriptTest {
  private static RedisCluster redis;

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

  private static Renewal renew(String edge, long now) {
    return new LeaseScript(redis).run(edge, now, now + 8_000).join();
  }

  @Test
  void saysWhetherTheLeaseWasHeldUntilNow() {
    assertThat(renew("e-1", 1_000)).isEqualTo(new Renewal(true, null));
    assertThat(renew("e-1", 8_999)).isEqualTo(new Renewal(false, null));
    assertThat(renew("e-1", 16_999)).as("it has just run out").isEqualTo(new Renewal(true, null));
  }

  @Test
  void oneEdgeClaimsADeadOne() {
    renew("dead", 1_000);
    renew("e-1", 5_000);
    renew("e-2", 5_000);
    assertThat(renew("e-1", 8_999)).isEqualTo(new Renewal(false, null));
    assertThat(renew("e-1", 9_000)).isEqualTo(new Renewal(false, "dead"));
    assertThat(renew("e-2", 9_001)).isEqualTo(new Renewal(false, null));
    assertThat(renew("e-1", 9_002))
        .as("it has that claim already")
        .isEqualTo(new Renewal(false, null));
  }

  @Test
  void aClaimRunsOutLikeALease() {
    renew("dead", 1_000);
    renew("e-2", 5_000);
    assertThat(renew("e-1", 9_000).dead()).isEqualTo("dead");
    renew("e-2", 12_000);
    assertThat(renew("e-2", 16_999).dead()).isNull();
    assertThat(renew("e-2", 17_000).dead()).isIn("dead", "e-1");
    assertThat(renew("e-2", 17_000).dead()).isIn("dead", "e-1");
  }

  @Test
  void eachOfSeveralDeadIsClaimed() {
    renew("dead-1", 1_000);
    renew("dead-2", 1_000);
    assertThat(renew("e-1", 20_000).dead()).isEqualTo("dead-1");
    assertThat(renew("e-2", 20_000).dead()).isEqualTo("dead-2");
    assertThat(renew("e-1", 20_001).dead()).isNull();
  }

  @Test
  void whoComesBackIsNotClaimed() {
    renew("e-1", 1_000);
    assertThat(renew("e-1", 20_000)).isEqualTo(new Renewal(true, null));
    assertThat(renew("e-2", 20_000).dead()).isNull();
  }
}
