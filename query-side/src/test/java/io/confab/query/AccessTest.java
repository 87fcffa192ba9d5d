package io.confab.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.Kind;
import io.confab.query.TestApi.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for each query about a conversation. */
class AccessTest {

  private static void group(TestWorld world) {
    world.start("c-1", Kind.GROUP, "Plans", "alice", "bob");
    world.send("c-1", "alice", "one");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/members",
        "/messages",
        "/messages/1",
        "/messages/1/replies",
        "/messages/1/reactions",
        "/events"
      })
  void eachQueryIsForMembersAndForSupportWithAnAudit(String query) {
    TestApi api = new TestApi();
    group(api.world);
    String path = "/api/conversations/c-1" + query;

    assertThat(api.get("mallory", path).refusal())
        .isEqualTo("403 not-a-member | c-1 | members of the conversation");
    assertThat(api.get("mallory/analyst", path).status()).isEqualTo(403);
    assertThat(api.get("alice", "/api/conversations/c-2" + query).refusal())
        .isEqualTo("404 unknown-conversation | c-2 | -");
    assertThat(api.get("alice", "/api/conversations/a%20b" + query).refusal())
        .isEqualTo("400 invalid-value | a b | an id: [A-Za-z0-9._~-]{1,64}");
    assertThat(api.get("alice", path).status()).isEqualTo(200);
    assertThat(api.get("bob/support", path).status()).isEqualTo(200);
    assertThat(api.audited).isEmpty();
    assertThat(api.meters.counter("confab.query.refused", "code", "not-a-member").count())
        .isEqualTo(2);

    assertThat(api.get("sue/support", path + "?limit=1").status()).isEqualTo(200);
    assertThat(api.audited)
        .containsExactly(new AuditLog.Read(TestWorld.START, "sue", path + "?limit=1", "c-1"));

    TestApi unaudited =
        new TestApi(
            Duration.ZERO,
            read -> {
              throw new IOException("no space left");
            },
            null);
    group(unaudited.world);
    Answer refused = unaudited.get("sue/support", path);
    assertThat(refused.refusal()).isEqualTo("503 unavailable | - | -");
    assertThat(unaudited.get("alice", path).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/members",
        "/messages",
        "/messages/1",
        "/messages/1/replies",
        "/messages/1/reactions",
        "/events"
      })
  void oneReadsOnesOwnWritesAndARemovedMemberReadsNothing(String query) {
    String path = "/api/conversations/c-1" + query;
    TestApi late = new TestApi(Duration.ZERO);
    group(late.world);
    late.world.hold();
    late.world.append("c-1", "alice", new MemberRemoved("bob"));
    assertThat(late.get("bob", path).refusal()).isEqualTo("503 unavailable | sequence 2 | 0 ms");
    assertThat(late.meters.timer("confab.query.wait", "result", "late").count()).isEqualTo(1);

    TestApi patient = new TestApi();
    group(patient.world);
    patient.world.hold();
    patient.world.append("c-1", "alice", new MemberRemoved("bob"));
    CompletableFuture<Answer> answer =
        CompletableFuture.supplyAsync(() -> patient.get("bob", path));
    whenWaiting(patient.world, patient.world::release);
    assertThat(answer.join().refusal())
        .isEqualTo("403 not-a-member | c-1 | members of the conversation");
    assertThat(patient.meters.timer("confab.query.wait", "result", "late").count()).isZero();
  }

  @Test
  void atLeastWaitsForWhatIsNotWrittenYet() {
    TestApi api = new TestApi();
    group(api.world);
    CompletableFuture<Answer> answer =
        CompletableFuture.supplyAsync(
            () -> api.get("bob", "/api/conversations/c-1/messages?atLeast=2"));
    whenWaiting(api.world, () -> api.world.send("c-1", "alice", "two"));
    assertThat(answer.join().items("sequence")).containsExactly(1L, 2L);

    TestApi impatient = new TestApi(Duration.ZERO);
    group(impatient.world);
    assertThat(impatient.get("bob", "/api/conversations/c-1/messages?atLeast=1").status())
        .isEqualTo(200);
    assertThat(impatient.get("bob", "/api/conversations/c-1/messages?atLeast=2").refusal())
        .isEqualTo("503 unavailable | sequence 2 | 0 ms");
    assertThat(impatient.get("bob", "/api/conversations/c-1/messages?atLeast=-1").refusal())
        .isEqualTo("400 invalid-value | -1 | a whole number from 0 to " + Long.MAX_VALUE);
  }

  @Test
  void whoIsRemovedWhileWaitingReadsNothing() {
    TestApi api = new TestApi();
    group(api.world);
    CompletableFuture<Answer> answer =
        CompletableFuture.supplyAsync(
            () -> api.get("bob", "/api/conversations/c-1/messages?atLeast=3"));
    whenWaiting(
        api.world,
        () -> {
          api.world.append("c-1", "alice", new MemberRemoved("bob"));
          api.world.send("c-1", "alice", "now that he is gone");
        });
    assertThat(answer.join().refusal())
        .isEqualTo("403 not-a-member | c-1 | members of the conversation");
  }

  @Test
  void aNonMemberDoesNotWait() {
    TestApi api = new TestApi();
    group(api.world);
    assertThat(api.get("mallory", "/api/conversations/c-1/messages?atLeast=99").status())
        .isEqualTo(403);
    assertThat(api.world.waiting.getCount()).isEqualTo(1);
  }

  private static void whenWaiting(TestWorld world, Runnable action) {
    try {
      world.waiting.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    action.run();
  }
}
