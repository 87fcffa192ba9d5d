package io.confab.edge.presence;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisNodes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReadScriptTest {
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

  private static UserPresence read(long now) {
    return new ReadScript(redis).run(List.of("ann"), now).join().get(0);
  }

  private static void report(String edge, Status status, long now) {
    new ReportScript(redis, Duration.ofSeconds(15))
        .run(PresenceKeys.bucket("ann"), edge, Map.of("ann", status), now)
        .join();
  }

  private static UserPresence ann(Status status, long since) {
    return new UserPresence("ann", status, Instant.ofEpochMilli(since));
  }

  @Test
  void whoIsNotKnownIsOffline() {
    assertThat(read(1_000)).isEqualTo(new UserPresence("ann", Status.OFFLINE, null));
  }

  @Test
  void saysTheStrongestThatCountsNow() {
    report("e-1", Status.BUSY, 1_000);
    report("e-2", Status.ONLINE, 5_000);
    assertThat(read(15_999)).isEqualTo(ann(Status.BUSY, 1_000));
    assertThat(read(16_000)).isEqualTo(ann(Status.ONLINE, 16_000));
    assertThat(read(20_000)).isEqualTo(ann(Status.OFFLINE, 20_000));
  }

  @Test
  void remembersWhoWent() {
    report("e-1", Status.BUSY, 1_000);
    report("e-1", Status.OFFLINE, 2_000);
    assertThat(read(99_000)).isEqualTo(ann(Status.OFFLINE, 2_000));
  }
}
