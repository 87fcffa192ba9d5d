package io.confab.web;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.AddReaction;
import io.confab.events.ConversationCommand.DeleteMessage;
import io.confab.events.ConversationCommand.EditMessage;
import io.confab.events.ConversationCommand.RemoveReaction;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationCommand.SendReply;
import io.confab.events.RejectionCode;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * How one service hands commands on to another over HTTP: a POST to the conversation's {@link
 * #PATH} with a list of its commands, answered with as many answers in the same order. The services
 * authenticate with a {@link ServiceKey}.
 *
 * <p>Carries only commands that change nothing when they are run once more and nothing came in
 * between, as whoever got no answer does: messages and replies with a {@code clientMessageId},
 * edits, deletions, reactions. That nothing comes in between is seen to by {@link #NOT_AFTER}.
 *
 * <p>All methods are safe for use by many threads.
 */
public final class CommandRelay {
  /** What begins all paths between services; a gateway must not let clients reach them. */
  public static final String INTERNAL = "/internal/";

  /** Where commands are posted to. */
  public static final String PATH = INTERNAL + "conversations/{conversation}/commands";

  /**
   * The header that says until when a request's commands may be begun, in milliseconds of the
   * epoch. What comes later, as from a process that stood still, is refused as {@code unavailable},
   * and nothing was done. Who sends a request again after that time, and a difference of the
   * clocks, knows that the first is not run behind what comes then. Without it there is no such
   * time.
   */
  public static final String NOT_AFTER = "Confab-Not-After";

  /** The most commands in one request. */
  public static final int MOST = 64;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .addMixIn(ConversationCommand.class, Named.class)
          .build();
  private static final TypeReference<List<ConversationCommand>> COMMANDS = new TypeReference<>() {};
  private static final TypeReference<List<Answer>> ANSWERS = new TypeReference<>() {};

  private static final Set<Class<?>> CARRIED =
      Set.of(
          SendMessage.class,
          SendReply.class,
          EditMessage.class,
          DeleteMessage.class,
          AddReaction.class,
          RemoveReaction.class);

  private CommandRelay() {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "type")
  private interface Named {}

  /** What became of one command: exactly one of the two is there. */
  public record Answer(@Nullable CommandResult result, @Nullable Refusal refusal) {
    public static Answer of(CommandResult result) {
      return new Answer(result, null);
    }

    public static Answer of(CommandRejected rejection) {
      return new Answer(
          null,
          new Refusal(
              rejection.code(),
              String.valueOf(rejection.getMessage()),
              rejection.value(),
              rejection.limit()));
    }

    /**
     * @throws CommandRejected where the command was refused
     */
    public CommandResult get() {
      if (result == null) {
        throw refusal == null ? noAnswer() : refusal.rejection();
      }
      return result;
    }
  }

  /** A {@link CommandRejected} as it travels. */
  public record Refusal(
      RejectionCode code, String detail, @Nullable String value, @Nullable String limit) {
    CommandRejected rejection() {
      return new CommandRejected(code, detail, value, limit);
    }
  }

  private static CommandRejected noAnswer() {
    return new CommandRejected(
        RejectionCode.INTERNAL_ERROR, "The command's answer cannot be read", null, null);
  }

  /** The path for that conversation. */
  public static String path(String conversation) {
    return PATH.replace("{conversation}", conversation);
  }

  /**
   * A request's body.
   *
   * @throws IllegalArgumentException where a command is not one of those carried
   */
  public static byte[] commands(List<? extends ConversationCommand> commands) {
    commands.forEach(CommandRelay::requireCarried);
    return MAPPER.writerFor(COMMANDS).writeValueAsBytes(commands);
  }

  /**
   * The commands of a request's body.
   *
   * @throws CommandRejected {@code malformed-request} where it is none
   */
  public static List<ConversationCommand> commands(byte[] body) {
    try {
      List<ConversationCommand> commands = MAPPER.readValue(body, COMMANDS);
      commands.forEach(CommandRelay::requireCarried);
      return commands;
    } catch (JacksonException | NullPointerException | IllegalArgumentException e) {
      throw new CommandRejected(
          RejectionCode.MALFORMED_REQUEST,
          "The body is not a list of commands",
          null,
          "a JSON array of relayed commands");
    }
  }

  private static void requireCarried(ConversationCommand command) {
    if (!CARRIED.contains(command.getClass())) {
      throw new IllegalArgumentException(command.getClass().getSimpleName() + " is not relayed");
    }
  }

  /** An answer's body. */
  public static byte[] answers(List<Answer> answers) {
    return MAPPER.writerFor(ANSWERS).writeValueAsBytes(answers);
  }

  /**
   * The answers of an answer's body.
   *
   * @throws CommandRejected {@code internal-error} where it is none
   */
  public static List<Answer> answers(byte[] body) {
    try {
      return MAPPER.readValue(body, ANSWERS);
    } catch (JacksonException | NullPointerException e) {
      throw noAnswer();
    }
  }
}
