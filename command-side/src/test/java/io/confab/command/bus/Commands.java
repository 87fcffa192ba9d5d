package io.confab.command.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.PinMessage;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationCommand.StartConversation;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EventEnvelope;
import io.confab.events.Kind;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Commands and answers of the tests in this package. */
final class Commands {
  static final Instant AT = Instant.parse("2026-11-24T09:30:00Z");

  private Commands() {}

  static CommandSettings settings(int stripes, Duration timeout, long cacheWeight) {
    return new CommandSettings(stripes, 1000, timeout, cacheWeight, 500);
  }

  static StartConversation start(String conversation) {
    return start(conversation, List.of("alice", "bob"));
  }

  static StartConversation start(String conversation, List<String> members) {
    return new StartConversation(conversation, "alice", AT, Kind.GROUP, "title", members);
  }

  /** A message whose body is its {@code clientMessageId}. */
  static SendMessage message(String conversation, String by, String id) {
    return new SendMessage(conversation, by, AT, MessageContent.of(id, id));
  }

  /** The state of the aggregate as the runtime has it. */
  static String digest(CommandRuntime runtime, String conversation) {
    ConversationCommand probe = new PinMessage(conversation, "alice", AT, 0);
    return rejection(runtime.send(probe)).getMessage();
  }

  static CommandResult result(CompletableFuture<CommandResult> answer) {
    return answer.orTimeout(20, TimeUnit.SECONDS).join();
  }

  static CommandRejected rejection(CompletableFuture<CommandResult> answer) {
    Throwable failure = catchThrowable(() -> answer.get(20, TimeUnit.SECONDS));
    assertThat(failure).isNotNull();
    assertThat(failure.getCause()).isInstanceOf(CommandRejected.class);
    return (CommandRejected) failure.getCause();
  }

  static RejectionCode code(CompletableFuture<CommandResult> answer) {
    return rejection(answer).code();
  }

  /** The bodies of the messages among {@code events}, in order. */
  static List<String> bodies(List<EventEnvelope> events) {
    return events.stream()
        .filter(event -> event.event() instanceof MessageSent)
        .map(event -> ((MessageSent) event.event()).content().body())
        .toList();
  }
}
