package io.confab.edge.presence;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisNodes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RetireScriptTest {
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

  @Test
  void forgetsTheDeadAndTheClaim() {
    LeaseScript leases = new LeaseScript(redis);
    leases.run("dead", 1_000, 9_000).join();
    assertThat(leases.run("e-1", 10_000, 18_000).join().dead()).isEqualTo("dead");
    assertThat(new RetireScript(redis).run("dead", 10_000).join()).isTrue();
    assertThat(redis.run(c -> c.zrange(PresenceKeys.LEASES, 0, -1)).join()).containsExactly("e-1");
    assertThat(redis.run(c -> c.exists(PresenceKeys.CLAIMS)).join()).isZero();
  }

  @Test
  void leavesWhoHasComeBack() {
    LeaseScript leases = new LeaseScript(redis);
    leases.run("dead", 1_000, 9_000).join();
    leases.run("e-1", 10_000, 18_000).join();
    leases.run("dead", 10_500, 18_500).join();
    assertThat(new RetireScript(redis).run("dead", 11_000).join()).isFalse();
    assertThat(redis.run(c -> c.zscore(PresenceKeys.LEASES, "dead")).join()).isEqualTo(18_500);
  }
}
