package io.confab.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.Kind;
import io.confab.query.TestApi.Answer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for each query about a conversation. Each test has a conversation of its own. */
@ExtendWith(TestApi.Closing.class)
class AccessTest {
  private static TestApi patient;
  private static TestApi impatient;
  private static int conversations;

  private final String conversation = "c-" + ++conversations;
  private final String path = "/api/conversations/" + conversation;

  @BeforeAll
  static void open() {
    patient = new TestApi();
    impatient = new TestApi(Duration.ZERO);
  }

  @BeforeEach
  void aGroupOfTwoWithOneMessage() {
    for (TestApi api : new TestApi[] {patient, impatient}) {
      api.world.start(conversation, Kind.GROUP, "Plans", "alice", "bob");
      api.world.send(conversation, "alice", "one");
      api.world.watchForWaiting();
      api.audited.clear();
      api.auditFails = false;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/members", "/messages", "/messages/1", "/events"})
  void whereTheViewsCannotBeReadAQueryIsUnavailable(String query) {
    patient.world.viewsFail = true;
    try {
      assertThat(patient.get("alice", path + query).refusal()).startsWith("503 unavailable");
      assertThat(patient.put("alice", path + "/read", "{\"upTo\":1}").refusal())
          .startsWith("503 unavailable");
    } finally {
      patient.world.viewsFail = false;
    }
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
    assertThat(patient.get("mallory", path + query).refusal()).isEqualTo(notAMember());
    assertThat(patient.get("mallory/analyst", path + query).refusal()).isEqualTo(notAMember());
    assertThat(patient.get("alice/support", "/api/conversations/c-0" + query).refusal())
        .isEqualTo("404 unknown-conversation | c-0 | -");
    assertThat(patient.get("alice", "/api/conversations/a%20b" + query).refusal())
        .isEqualTo("400 invalid-value | a b | an id: [A-Za-z0-9._~-]{1,64}");
    assertThat(patient.get("alice", path + query).status()).isEqualTo(200);
    assertThat(patient.get("bob/support", path + query).status()).isEqualTo(200);
    assertThat(patient.audited).isEmpty();

    assertThat(patient.get("sue/support", path + query + "?limit=1").status()).isEqualTo(200);
    assertThat(patient.audited)
        .containsExactly(
            new AuditLog.Read(TestWorld.START, "sue", path + query + "?limit=1", conversation));

    patient.auditFails = true;
    assertThat(patient.get("sue/support", path + query).refusal())
        .isEqualTo("503 unavailable | - | -");
    assertThat(patient.get("alice", path + query).status()).isEqualTo(200);
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
  void aRemovedMemberReadsNothingFromTheAcknowledgementOn(String query) {
    impatient.world.hold();
    impatient.world.append(conversation, "alice", new MemberRemoved("bob"));
    assertThat(impatient.get("bob", path + query).refusal())
        .isEqualTo("503 unavailable | sequence 2 | 0 ms");
    impatient.world.release();
    assertThat(impatient.get("bob", path + query).refusal()).isEqualTo(notAMember());

    patient.world.hold();
    patient.world.append(conversation, "alice", new MemberRemoved("bob"));
    CompletableFuture<Answer> answer =
        CompletableFuture.supplyAsync(() -> patient.get("bob", path + query));
    whenWaiting(patient.world::release);
    assertThat(answer.join().refusal()).isEqualTo(notAMember());
  }

  @Test
  void oneReadsOnesOwnWrites() {
    patient.world.hold();
    patient.world.send(conversation, "alice", "two");
    CompletableFuture<Answer> answer =
        CompletableFuture.supplyAsync(() -> patient.get("alice", path + "/messages"));
    whenWaiting(patient.world::release);
    assertThat(answer.join().items("sequence")).containsExactly(1L, 2L);
  }

  @Test
  void atLeastWaitsForWhatIsNotWrittenYet() {
    CompletableFuture<Answer> answer =
        CompletableFuture.supplyAsync(() -> patient.get("bob", path + "/messages?atLeast=2"));
    whenWaiting(() -> patient.world.send(conversation, "alice", "two"));
    assertThat(answer.join().items("sequence")).containsExactly(1L, 2L);

    assertThat(impatient.get("bob", path + "/messages?atLeast=1").status()).isEqualTo(200);
    assertThat(impatient.get("bob", path + "/messages?atLeast=2").refusal())
        .isEqualTo("503 unavailable | sequence 2 | 0 ms");
  }

  @Test
  void whoIsRemovedWhileWaitingReadsNothing() {
    CompletableFuture<Answer> answer =
        CompletableFuture.supplyAsync(() -> patient.get("bob", path + "/messages?atLeast=3"));
    whenWaiting(
        () -> {
          patient.world.append(conversation, "alice", new MemberRemoved("bob"));
          patient.world.send(conversation, "alice", "now that he is gone");
        });
    assertThat(answer.join().refusal()).isEqualTo(notAMember());
  }

  @Test
  void moreThanMayWaitAtATimeAreRefusedAtOnce() {
    CompletableFuture<Answer> first =
        CompletableFuture.supplyAsync(() -> patient.get("bob", path + "/messages?atLeast=2"));
    whenWaiting(
        () -> {
          assertThat(patient.get("alice", path + "/messages?atLeast=2").refusal())
              .isEqualTo("503 unavailable | 2 | 1 at a time");
          assertThat(patient.get("alice", path + "/messages").status())
              .as("who need not wait is let in")
              .isEqualTo(200);
          patient.world.hold();
          patient.world.send(conversation, "alice", "two");
          assertThat(patient.get("alice", "/api/me/conversations").refusal())
              .isEqualTo("503 unavailable | 2 | 1 at a time");
          patient.world.release();
        });
    assertThat(first.join().items("sequence")).containsExactly(1L, 2L);
    assertThat(patient.get("alice", path + "?atLeast=2").status()).isEqualTo(200);
  }

  @Test
  void aNonMemberDoesNotWait() {
    assertThat(patient.get("mallory", path + "/messages?atLeast=99").refusal())
        .isEqualTo(notAMember());
    assertThat(patient.world.waiting().getCount()).isEqualTo(1);
  }

  @Test
  void waitsAndRefusalsAreCounted() {
    double refused = counted("not-a-member");
    double unavailable = counted("unavailable");
    long applied = waited("applied");
    long late = waited("late");
    impatient.get("mallory", path);
    impatient.get("bob", path + "?atLeast=2");
    assertThat(counted("not-a-member") - refused).isEqualTo(1);
    assertThat(counted("unavailable") - unavailable).isEqualTo(1);
    assertThat(waited("applied") - applied).isEqualTo(2);
    assertThat(waited("late") - late).isEqualTo(1);
  }

  private static double counted(String code) {
    return impatient.meters.counter("confab.query.refused", "code", code).count();
  }

  private static long waited(String result) {
    return impatient.meters.timer("confab.query.wait", "result", result).count();
  }

  private String notAMember() {
    return "403 not-a-member | " + conversation + " | members of the conversation";
  }

  private static void whenWaiting(Runnable action) {
    try {
      patient.world.waiting().await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    action.run();
  }
}
