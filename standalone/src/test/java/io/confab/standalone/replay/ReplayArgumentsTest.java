package io.confab.standalone.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.confab.events.EventType;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplayArgumentsTest {

  @Test
  void aFileIsAllThatIsNeeded() {
    ReplayArguments arguments = ReplayArguments.of("--to", "events.ndjson");
    assertThat(arguments.to()).isEqualTo(Path.of("events.ndjson"));
    assertThat(arguments.dataDir()).isEqualTo(Path.of("data"));
    assertThat(arguments.selection()).isEqualTo(Selection.between(null, null));
    assertThat(arguments.force()).isFalse();
    assertThat(arguments.kafka()).isEmpty();
    assertThat(arguments.group()).isNull();
  }

  @Test
  void brokersStandInPlaceOfADataDirectory() {
    ReplayArguments arguments = ReplayArguments.of("--kafka=a:9092,[::1]:9093", "--to", "f");
    assertThat(arguments.kafka()).containsExactly("a:9092", "[::1]:9093");
    assertThat(arguments.to()).isEqualTo(Path.of("f"));
  }

  @Test
  void aGroupNeedsBrokersAndMayHaveATime() {
    ReplayArguments arguments =
        ReplayArguments.of("--to", "group:new-view.2", "--since=2026-11-24", "--kafka", "a:9092");
    assertThat(arguments.group()).isEqualTo("new-view.2");
    assertThat(arguments.to()).isNull();
    assertThat(arguments.selection().since()).isEqualTo(Instant.parse("2026-11-24T00:00:00Z"));
  }

  @Test
  void valuesStandBehindASpaceOrAnEqualsSign() {
    ReplayArguments arguments =
        ReplayArguments.of(
            "--since=2026-11-24",
            "--until",
            "2026-11-24T10:30:00.5+01:00",
            "--type=ReplySent",
            "--type",
            "MessageSent",
            "--conversation",
            "c-2",
            "--conversation=c-1",
            "--data-dir=/srv/confab",
            "--force",
            "--to",
            "-");
    Selection selection = arguments.selection();
    assertThat(selection.since()).isEqualTo(Instant.parse("2026-11-24T00:00:00Z"));
    assertThat(selection.until()).isEqualTo(Instant.parse("2026-11-24T09:30:00.5Z"));
    assertThat(selection.types()).containsExactly(EventType.MESSAGE_SENT, EventType.REPLY_SENT);
    assertThat(selection.conversations()).containsExactly("c-1", "c-2");
    assertThat(arguments.dataDir()).isEqualTo(Path.of("/srv/confab"));
    assertThat(arguments.force()).isTrue();
    assertThat(arguments.to()).isNull();
    assertThat(selection.asArguments())
        .isEqualTo(
            "--since 2026-11-24T00:00:00Z --until 2026-11-24T09:30:00.500Z --type MessageSent"
                + " --type ReplySent --conversation c-1 --conversation c-2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "--since yesterday --to f | --since yesterday is not a time: 2026-11-24T09:30:00Z, or 2026-11-24 for midnight, UTC",
        "--until 2026-13-01 --to f | --until 2026-13-01 is not a time: 2026-11-24T09:30:00Z, or 2026-11-24 for midnight, UTC",
        "--since 2026-11-24T09:30 --to f | --since 2026-11-24T09:30 is not a time: 2026-11-24T09:30:00Z, or 2026-11-24 for midnight, UTC",
        "--since 2026-11-24 --until 2026-11-24 --to f | --until 2026-11-24T00:00:00Z is not after --since 2026-11-24T00:00:00Z",
        "--since 2026-11-24 --since 2026-11-25 --to f | --since 2026-11-25 is a second one; at most one is allowed",
        "--type messagesent --to f | --type messagesent is not a type: ConversationStarted, ConversationRenamed, MembersAdded, MemberRemoved, MemberRoleChanged, MessageSent, ReplySent, MessageEdited, MessageDeleted, ReactionAdded, ReactionRemoved, MessagePinned, MessageUnpinned",
        "--conversation a/b --to f | --conversation a/b is not an id: [A-Za-z0-9._~-]{1,64}",
        "--to group:warehouse | --to group:warehouse wants a consumer group, which needs --kafka; the embedded log goes to a file, or to - for standard output",
        "--kafka a:1 --to group: | --to group: is not the name of a group: [A-Za-z0-9._-]{1,249}",
        "--kafka a:1 --to group:a/b | --to group:a/b is not the name of a group: [A-Za-z0-9._-]{1,249}",
        "--kafka a:1 --to group:confab.mirror | --to group:confab.mirror is one of Confab's own groups, whose names begin with confab.; name another",
        "--kafka a:1 --to group:confab.projections.history | --to group:confab.projections.history is one of Confab's own groups, whose names begin with confab.; name another",
        "--kafka a:1 --to group:g --until 2026-11-24 | --until is not for --to group:g: a group is given all events from --since on",
        "--kafka a:1 --to group:g --type MessageSent | --type is not for --to group:g: a group is given all events from --since on",
        "--kafka a:1 --to group:g --conversation c-1 | --conversation is not for --to group:g: a group is given all events from --since on",
        "--kafka a:1 --to group:g --force | --force is not for --to group:g: a group is given all events from --since on",
        "--kafka a --to f | --kafka a is not a list of brokers: HOST:PORT, with commas between several",
        "--kafka a:1,, --to f | --kafka a:1,, is not a list of brokers: HOST:PORT, with commas between several",
        "--kafka a:65536 --to f | --kafka a:65536 is not a list of brokers: HOST:PORT, with commas between several",
        "--kafka a:1 --kafka b:1 --to f | --kafka b:1 is a second one; at most one is allowed",
        "--kafka a:1 --data-dir d --to f | --data-dir d is one log and --kafka another; name one of them",
        "--since 2026-11-24 | --to is missing: a file, or - for standard output; see ./confab replay --help",
        "--to f --to g | --to g is a second one; at most one is allowed",
        "--to | --to needs a value; see ./confab replay --help",
        "--to= | --to needs a value; see ./confab replay --help",
        "--to f --verbose | '--verbose' is not an argument of replay; see ./confab replay --help",
        "--to f --force=yes | '--force=yes' is not an argument of replay; see ./confab replay --help",
        "f.ndjson | 'f.ndjson' is not an argument of replay; see ./confab replay --help",
      })
  void whatIsNotAllowedIsNamedWithWhatIs(String arguments, String line) {
    ReplayRefused refused =
        catchThrowableOfType(ReplayRefused.class, () -> ReplayArguments.of(arguments.split(" ")));
    assertThat(refused).hasMessage(line);
    assertThat(refused.exitCode).isEqualTo(2);
  }
}
