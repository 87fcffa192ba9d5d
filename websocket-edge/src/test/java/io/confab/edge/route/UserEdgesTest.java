package io.confab.edge.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.edge.redis.RedisCluster;
import io.confab.edge.redis.RedisNodes;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code register.lua} and its like on a real cluster. */
class UserEdgesTest {
  private static RedisCluster redis;
  private static UserEdges userEdges;

  @BeforeAll
  static void connect() {
    redis = new RedisCluster(RedisNodes.shared().settings());
    redis.connect().join();
    userEdges = new UserEdges(redis);
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
  void anEdgesWordCountsFor15Seconds() {
    assertThat(userEdges.register("e-1", List.of("ann"), 1_000).join()).containsExactly("ann");
    userEdges.register("e-2", List.of("ann"), 2_000).join();
    assertThat(userEdges.of("ann", 15_999).join()).isEqualTo(Set.of("e-1", "e-2"));
    assertThat(userEdges.of("ann", 16_000).join()).isEqualTo(Set.of("e-2"));
    assertThat(redis.run(c -> c.pttl(UserEdges.key("ann"))).join()).isBetween(1L, 15_000L);
  }

  @Test
  void registeringAgainTellsWhoWasForgotten() {
    assertThat(userEdges.register("e-1", List.of("ann"), 1_000).join()).containsExactly("ann");
    assertThat(userEdges.register("e-1", List.of("ann"), 6_000).join()).isEmpty();
    assertThat(userEdges.register("e-1", List.of("ann"), 21_000).join())
        .as("it counted no more")
        .containsExactly("ann");
    RedisNodes.shared().flush();
    assertThat(userEdges.register("e-1", List.of("ann"), 22_000).join()).containsExactly("ann");
  }

  @Test
  void whatCountsNoMoreIsRemoved() {
    userEdges.register("dead", List.of("ann"), 1_000).join();
    userEdges.register("e-1", List.of("ann"), 16_000).join();
    assertThat(redis.run(c -> c.hkeys(UserEdges.key("ann"))).join()).containsExactly("e-1");
    userEdges.remove("e-1", "ann").join();
    assertThat(redis.run(c -> c.exists(UserEdges.key("ann"))).join()).isZero();
  }

  @Test
  void aBatchIsOfOneSlot() {
    List<String> users = IntStream.range(0, 20_000).mapToObj(i -> "user-" + i).toList();
    List<List<String>> batches = UserEdges.batches(users, 10);
    assertThat(batches)
        .allSatisfy(
            batch -> assertThat(batch.stream().map(UserEdges::bucket).distinct()).hasSize(1))
        .allSatisfy(batch -> assertThat(batch).hasSizeBetween(1, 10));
    assertThat(batches.stream().flatMap(List::stream)).containsExactlyInAnyOrderElementsOf(users);
    userEdges.register("e-1", batches.get(0), 1_000).join();
  }
}
