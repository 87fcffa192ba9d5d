package io.confab.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.confab.events.Attachment;
import io.confab.events.CommandRejected;
import io.confab.events.Kind;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import io.confab.events.Role;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandBodiesTest {

  @Test
  void readsAConversation() {
    CommandBodies.NewConversation body =
        CommandBodies.newConversation(
            json("{'kind':'channel','title':'News','members':['bob','carol']}"));

    assertThat(body)
        .isEqualTo(
            new CommandBodies.NewConversation(Kind.CHANNEL, "News", List.of("bob", "carol")));
  }

  @Test
  void readsAMessageWithAllItsParts() {
    MessageContent message =
        CommandBodies.message(
            json(
                "{'body':'hello','clientMessageId':'c1','mentions':['bob'],'attachments':"
                    + "[{'name':'a.png','mediaType':'image/png','size':7,'url':'https://x/a'}],"
                    + "'unknown':[1]}"));

    assertThat(message)
        .isEqualTo(
            new MessageContent(
                "hello",
                "c1",
                List.of("bob"),
                List.of(new Attachment("a.png", "image/png", 7, "https://x/a"))));
  }

  @Test
  void readsTypingWhichNeedsNoBody() {
    assertThat(CommandBodies.typing(new byte[0])).isTrue();
    assertThat(CommandBodies.typing(json("{}"))).isTrue();
    assertThat(CommandBodies.typing(json("{'typing':true}"))).isTrue();
    assertThat(CommandBodies.typing(json("{'typing':false}"))).isFalse();
    assertRejected(
        CommandBodies::typing,
        "{'typing':0}",
        RejectionCode.MALFORMED_REQUEST,
        "0",
        "typing: true or false");
  }

  @Test
  void readsAStatus() {
    assertThat(CommandBodies.status(json("{'status':'busy'}"))).isEqualTo("busy");
    assertRejected(
        CommandBodies::status, "{}", RejectionCode.MALFORMED_REQUEST, null, "status: a string");
  }

  @Test
  void nullCountsAsMissing() {
    assertThat(CommandBodies.message(json("{'body':'x','clientMessageId':null,'mentions':null}")))
        .isEqualTo(MessageContent.of("x"));
    assertRejected(
        CommandBodies::message,
        "{'body':null}",
        RejectionCode.MALFORMED_REQUEST,
        null,
        "body: a string");
  }

  @Test
  void aBodyMayBeLeftOutBesideAttachments() {
    assertThat(
            CommandBodies.message(
                    json("{'attachments':[{'name':'a','mediaType':'b','size':0,'url':'c'}]}"))
                .body())
        .isEmpty();
  }

  @Test
  void readsTheSmallBodies() {
    assertThat(CommandBodies.title(json("{'title':'News'}"))).isEqualTo("News");
    assertThat(CommandBodies.members(json("{'members':['bob']}"))).containsExactly("bob");
    assertThat(CommandBodies.role(json("{'role':'owner'}"))).isEqualTo(Role.OWNER);
    assertThat(CommandBodies.editedBody(json("{'body':'x'}"))).isEqualTo("x");
    assertThat(CommandBodies.emoji(json("{'emoji':'👍'}"))).isEqualTo("👍");
    assertThat(CommandBodies.upTo(json("{'upTo':7}"))).isEqualTo(7);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "{", "{} {}", "[]", "\"text\"", "7", "null", "{'a':1"})
  void refusesWhatIsNotOneJsonObject(String body) {
    CommandRejected rejected = rejection(CommandBodies::message, json(body));

    assertThat(rejected.code()).isEqualTo(RejectionCode.MALFORMED_REQUEST);
    assertThat(rejected.limit()).isEqualTo("a JSON object");
    assertThat(rejected)
        .hasMessageStartingWith("The body is not")
        .hasMessageNotContaining("jackson");
  }

  @Test
  void refusesInvalidUtf8() {
    byte[] bytes = json("{'body':'xx'}");
    bytes[9] = (byte) 0xC3;
    bytes[10] = (byte) 0x28;

    assertThat(rejection(CommandBodies::message, bytes).code())
        .isEqualTo(RejectionCode.MALFORMED_REQUEST);
  }

  @Test
  void refusesNestingWithoutEnd() {
    String nested = "{'body':" + "[".repeat(100_000);

    assertThat(rejection(CommandBodies::message, json(nested)).code())
        .isEqualTo(RejectionCode.MALFORMED_REQUEST);
  }

  @Test
  void namesFieldValueAndExpectation() {
    assertRejected(
        CommandBodies::newConversation,
        "{'kind':'club','members':[]}",
        RejectionCode.INVALID_VALUE,
        "club",
        "direct, group or channel");
    assertRejected(
        CommandBodies::newConversation,
        "{'kind':'group'}",
        RejectionCode.MALFORMED_REQUEST,
        null,
        "members: an array of strings");
    assertRejected(
        CommandBodies::newConversation,
        "{'kind':'group','members':'bob'}",
        RejectionCode.MALFORMED_REQUEST,
        "\"bob\"",
        "members: an array of strings");
    assertRejected(
        CommandBodies::members,
        "{'members':['bob',null]}",
        RejectionCode.MALFORMED_REQUEST,
        "null",
        "members: an array of strings");
    assertRejected(
        CommandBodies::role,
        "{'role':'king'}",
        RejectionCode.INVALID_VALUE,
        "king",
        "owner or member");
    assertRejected(
        CommandBodies::message,
        "{'body':7}",
        RejectionCode.MALFORMED_REQUEST,
        "7",
        "body: a string");
    assertRejected(
        CommandBodies::message,
        "{'attachments':[7]}",
        RejectionCode.MALFORMED_REQUEST,
        "7",
        "attachments: an array of objects");
    assertRejected(
        CommandBodies::upTo,
        "{'upTo':'7'}",
        RejectionCode.MALFORMED_REQUEST,
        "\"7\"",
        "upTo: a whole number from 0 to 9223372036854775807");
    assertRejected(
        CommandBodies::upTo,
        "{'upTo':-1}",
        RejectionCode.INVALID_VALUE,
        "-1",
        "a whole number from 0 to 9223372036854775807");
    assertRejected(
        CommandBodies::upTo,
        "{'upTo':9223372036854775808}",
        RejectionCode.INVALID_VALUE,
        "9223372036854775808",
        "a whole number from 0 to 9223372036854775807");
    assertRejected(
        CommandBodies::upTo,
        "{'upTo':1.0}",
        RejectionCode.MALFORMED_REQUEST,
        "1.0",
        "upTo: a whole number from 0 to 9223372036854775807");
  }

  @ParameterizedTest
  @CsvSource({"0,0", "17,17", "007,7", "9223372036854775807,9223372036854775807"})
  void readsASequence(String text, long sequence) {
    assertThat(CommandBodies.sequence(text)).isEqualTo(sequence);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "-1", "+1", "1.0", " 1", "١", "9223372036854775808", "1\n"})
  void refusesWhatIsNoSequence(String text) {
    CommandRejected rejected =
        catchThrowableOfType(CommandRejected.class, () -> CommandBodies.sequence(text));

    assertThat(rejected.code()).isEqualTo(RejectionCode.INVALID_VALUE);
    assertThat(rejected.value()).isEqualTo(text);
  }

  private static void assertRejected(
      Function<byte[], ?> parser, String body, RejectionCode code, String value, String limit) {
    CommandRejected rejected = rejection(parser, json(body));
    assertThat(rejected.code()).isEqualTo(code);
    assertThat(rejected.value()).isEqualTo(value);
    assertThat(rejected.limit()).isEqualTo(limit);
  }

  private static CommandRejected rejection(Function<byte[], ?> parser, byte[] body) {
    return catchThrowableOfType(CommandRejected.class, () -> parser.apply(body));
  }

  private static byte[] json(String text) {
    return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }
}
