package io.confab.command.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.DeleteMessage;
import io.confab.events.RejectionCode;
import io.confab.web.CommandRelay;
import io.confab.web.CommandRelay.Answer;
import io.confab.web.ServiceKey;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.springframework.http.ResponseEntity;

class RelayedCommandControllerTest {
  private static final Instant AT = Instant.parse("2026-11-24T09:30:00Z");

  private final ServiceKey key =
      new ServiceKey("0123456789abcdef0123456789abcdef", Clock.systemUTC());
  private Instant now = AT;
  private final Clock clock =
      new Clock() {
        @Override
        public Instant instant() {
          return now;
        }

        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }
      };
  private BooleanSupplier inTime = () -> false;
  private final List<ConversationCommand> ran = new ArrayList<>();
  private final List<CompletableFuture<CommandResult>> results = new ArrayList<>();
  private final RelayedCommandController controller =
      new RelayedCommandController(
          (command, inTime) -> {
            ran.add(command);
            this.inTime = inTime;
            results.add(new CompletableFuture<>());
            return results.get(results.size() - 1);
          },
          key,
          clock);

  private static DeleteMessage delete(long message) {
    return new DeleteMessage("c-1", "ann", AT, message);
  }

  private CompletableFuture<ResponseEntity<byte[]>> post(
      String conversation, List<? extends ConversationCommand> commands) {
    return controller.run(
        key.authorization(), AT.toEpochMilli(), conversation, CommandRelay.commands(commands));
  }

  @Test
  void commandsRunInOrderAndAreAnsweredWhenAllAreSettled() {
    var answer = post("c-1", List.of(delete(1), delete(2), delete(3)));
    assertThat(ran).containsExactly(delete(1), delete(2), delete(3));
    CommandResult done = new CommandResult("c-1", 9, AT, true);
    results.get(2).complete(done);
    results.get(0).complete(done);
    assertThat(answer).isNotDone();
    results
        .get(1)
        .completeExceptionally(
            new CommandRejected(RejectionCode.UNKNOWN_MESSAGE, "no such message", 2, null));
    List<Answer> answers = CommandRelay.answers(answer.join().getBody());
    assertThat(answers.get(0).get()).isEqualTo(done);
    assertThatThrownBy(answers.get(1)::get).hasMessage("no such message");
    assertThat(answers.get(2).get()).isEqualTo(done);
  }

  @Test
  void aFaultIsAnsweredWithoutItsWords() {
    var answer = post("c-1", List.of(delete(1)));
    results.get(0).completeExceptionally(new IllegalStateException("secret"));
    assertThatThrownBy(CommandRelay.answers(answer.join().getBody()).get(0)::get)
        .hasMessage("The command failed");
  }

  @Test
  void nothingRunsWithoutTheServicesSecret() {
    byte[] body = CommandRelay.commands(List.of(delete(1)));
    assertThatThrownBy(() -> controller.run(null, null, "c-1", body))
        .isInstanceOf(CommandRejected.class)
        .hasMessageContaining("not come from a service");
    assertThat(ran).isEmpty();
  }

  @Test
  void nothingRunsOfARequestThatIsWrongSomewhere() {
    assertThatThrownBy(() -> post("c-2", List.of(delete(1))))
        .isInstanceOf(CommandRejected.class)
        .hasMessageContaining("another conversation");
    assertThatThrownBy(() -> post("c-1", Collections.nCopies(65, delete(1))))
        .isInstanceOf(CommandRejected.class)
        .hasMessageContaining("Too many commands");
    assertThat(ran).isEmpty();
  }

  @Test
  void commandsMayBeBegunUntilTheTimeThatTheRequestSays() {
    post("c-1", List.of(delete(1)));
    assertThat(inTime.getAsBoolean()).isTrue();
    now = AT.plusMillis(1);
    assertThat(inTime.getAsBoolean()).isFalse();
  }

  @Test
  void aRequestThatSaysNoTimeIsAlwaysInTime() {
    controller.run(key.authorization(), null, "c-1", CommandRelay.commands(List.of(delete(1))));
    now = AT.plusSeconds(1_000);
    assertThat(inTime.getAsBoolean()).isTrue();
  }
}
