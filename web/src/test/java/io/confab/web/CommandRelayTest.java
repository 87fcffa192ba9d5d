package io.confab.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confab.events.Attachment;
import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.AddReaction;
import io.confab.events.ConversationCommand.DeleteMessage;
import io.confab.events.ConversationCommand.EditMessage;
import io.confab.events.ConversationCommand.PinMessage;
import io.confab.events.ConversationCommand.RemoveReaction;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationCommand.SendReply;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import io.confab.web.CommandRelay.Answer;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandRelayTest {
  private static final Instant AT = Instant.parse("2026-11-24T09:30:00.123Z");

  @Test
  void commandsArriveAsTheyWereSent() {
    MessageContent content =
        new MessageContent(
            "hello \"\u0001👍",
            "m-1",
            List.of("bob"),
            List.of(new Attachment("a.png", "image/png", 7, "/files/a")));
    List<ConversationCommand> commands =
        List.of(
            new SendMessage("c-1", "ann", AT, content),
            new SendReply("c-1", "ann", AT, 3, content),
            new EditMessage("c-1", "ann", AT, 3, "body"),
            new DeleteMessage("c-1", "ann", AT, 3),
            new AddReaction("c-1", "ann", AT, 3, "👍"),
            new RemoveReaction("c-1", "ann", AT, 3, "👍"));
    assertThat(CommandRelay.commands(CommandRelay.commands(commands))).isEqualTo(commands);
  }

  @Test
  void theFormIsPinned() {
    assertThat(
            new String(
                CommandRelay.commands(List.of(new AddReaction("c-1", "ann", AT, 3, "👍"))), UTF_8))
        .isEqualTo(
            "[{\"type\":\"AddReaction\",\"conversation\":\"c-1\",\"by\":\"ann\","
                + "\"at\":\"2026-11-24T09:30:00.123Z\",\"message\":3,\"emoji\":\"👍\"}]");
  }

  @Test
  void aCommandThatIsNotSafeToRepeatIsNotCarried() {
    List<ConversationCommand> pin = List.of(new PinMessage("c-1", "ann", AT, 3));
    assertThatThrownBy(() -> CommandRelay.commands(pin))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("PinMessage is not relayed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{}",
        "null",
        "[{\"type\":\"PinMessage\",\"message\":3}]",
        "[{}]",
        "[3]",
        "[null"
      })
  void whatIsNoListOfCommandsIsRefused(String body) {
    assertThatThrownBy(() -> CommandRelay.commands(body.getBytes(UTF_8)))
        .isInstanceOfSatisfying(
            CommandRejected.class,
            e -> assertThat(e.code()).isEqualTo(RejectionCode.MALFORMED_REQUEST));
  }

  @Test
  void answersArriveAsTheyWereGiven() {
    CommandResult result = new CommandResult("c-1", 7, AT, true);
    CommandRejected rejection =
        new CommandRejected(RejectionCode.TOO_MANY_MENTIONS, "too many", 51, 50);
    List<Answer> answers =
        CommandRelay.answers(
            CommandRelay.answers(List.of(Answer.of(result), Answer.of(rejection))));
    assertThat(answers.get(0).get()).isEqualTo(result);
    assertThatThrownBy(() -> answers.get(1).get())
        .isInstanceOfSatisfying(
            CommandRejected.class,
            e -> {
              assertThat(e.code()).isEqualTo(RejectionCode.TOO_MANY_MENTIONS);
              assertThat(e).hasMessage("too many");
              assertThat(e.value()).isEqualTo("51");
              assertThat(e.limit()).isEqualTo("50");
            });
  }
}
