package io.confab.command.conversation;

import static io.confab.command.conversation.Scenario.BEFORE;
import static io.confab.command.conversation.Scenario.CHANNEL;
import static io.confab.command.conversation.Scenario.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.Attachment;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationCommand.SendReply;
import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.ConversationEvent.ReplySent;
import io.confab.events.Ids;
import io.confab.events.Limits;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SendingTest {
  private static SendMessage send(String by, MessageContent content) {
    return new SendMessage(CHANNEL, by, NOW, content);
  }

  private static SendReply reply(String by, long message, MessageContent content) {
    return new SendReply(CHANNEL, by, NOW, message, content);
  }

  private static MessageContent mentioning(List<String> mentions) {
    return new MessageContent("hi", null, mentions, List.of());
  }

  private static MessageContent attaching(String body, List<Attachment> attachments) {
    return new MessageContent(body, null, List.of(), attachments);
  }

  private static Attachment file(String url) {
    return new Attachment("a.png", "image/png", 7, url);
  }

  private static final Attachment FILE = file("https://files.example/a.png");

  @Test
  void aMessageTakesTheNextOrdinal() {
    Scenario.channel()
        .message("bob", "one")
        .event("bob", new ReplySent(1, MessageContent.of("aside")))
        .when(send("alice", MessageContent.of("two")))
        .appends(new MessageSent(2, MessageContent.of("two")));
  }

  @Test
  void aTombstoneKeepsItsOrdinal() {
    Scenario.channel()
        .message("bob", "one")
        .event("bob", new MessageDeleted(1))
        .when(send("alice", MessageContent.of("two")))
        .appends(new MessageSent(2, MessageContent.of("two")));
  }

  @Test
  void onlyAMemberSends() {
    Scenario.channel()
        .when(send("mallory", MessageContent.of("hi")))
        .rejects(RejectionCode.NOT_A_MEMBER, "mallory", "a member of the conversation");
    Scenario.channel()
        .message("bob", "one")
        .when(reply("mallory", 1, MessageContent.of("hi")))
        .rejects(RejectionCode.NOT_A_MEMBER, "mallory", "a member of the conversation");
  }

  @Test
  void aBodyHasAtMost28KiBInUtf8() {
    MessageContent longest = MessageContent.of("é".repeat(14 * 1024));
    Scenario.channel().when(send("bob", longest)).appends(new MessageSent(1, longest));
    Scenario.channel()
        .when(send("bob", MessageContent.of(longest.body() + "x")))
        .rejects(RejectionCode.BODY_TOO_LARGE, 28_673, 28_672);
    Scenario.channel()
        .message("bob", "one")
        .when(reply("bob", 1, MessageContent.of(longest.body() + "x")))
        .rejects(RejectionCode.BODY_TOO_LARGE, 28_673, 28_672);
  }

  @Test
  void theLimitIsASetting() {
    Scenario.channel()
        .limits(new Limits(3, 10, 50, 32, 200, 250, 25_000))
        .when(send("bob", MessageContent.of("four")))
        .rejects(RejectionCode.BODY_TOO_LARGE, 4, 3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\n\t"})
  void aBodySaysSomething(String body) {
    Scenario.channel()
        .when(send("bob", MessageContent.of(body)))
        .rejects(RejectionCode.INVALID_VALUE, body, "a body that is not blank");
  }

  @Test
  void anAttachmentSaysEnough() {
    MessageContent content = attaching("", List.of(FILE));
    Scenario.channel().when(send("bob", content)).appends(new MessageSent(1, content));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\ud83d", "a\ude00b", "\ud83d\ud83d"})
  void aBodyIsWellFormed(String body) {
    Scenario.channel()
        .when(send("bob", MessageContent.of(body)))
        .rejects(
            RejectionCode.INVALID_VALUE,
            body.charAt(0) == 'a' ? "\\ude00 at 1" : "\\ud83d at 0",
            "well-formed Unicode");
  }

  @Test
  void aMessageMentionsAtMost50() {
    MessageContent most = mentioning(Collections.nCopies(50, "bob"));
    Scenario.channel().when(send("bob", most)).appends(new MessageSent(1, most));
    Scenario.channel()
        .when(send("bob", mentioning(Collections.nCopies(51, "bob"))))
        .rejects(RejectionCode.TOO_MANY_MENTIONS, 51, 50);
  }

  @Test
  void aMentionIsAnId() {
    Scenario.channel()
        .when(send("bob", mentioning(List.of("@bob"))))
        .rejects(RejectionCode.INVALID_VALUE, "@bob", "an id: " + Ids.FORM);
  }

  @Test
  void aMessageHasAtMost10Attachments() {
    MessageContent most = attaching("see", Collections.nCopies(10, FILE));
    Scenario.channel().when(send("bob", most)).appends(new MessageSent(1, most));
    Scenario.channel()
        .when(send("bob", attaching("see", Collections.nCopies(11, FILE))))
        .rejects(RejectionCode.TOO_MANY_ATTACHMENTS, 11, 10);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "mailto:a@b.example",
        "\\\\files.example\\a",
        "ftp://files.example/a",
        "https:///a.png",
        "https:a.png",
        "https://files.example/a b"
      })
  void anAttachmentIsOnTheWeb(String url) {
    Scenario.channel()
        .when(send("bob", attaching("see", List.of(file(url)))))
        .rejects(
            RejectionCode.INVALID_VALUE,
            url,
            "an http or https URL or a relative reference, of at most 2048 characters");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/files/1",
        "a.png",
        "../a.png?size=1#top",
        "//files.example/a.png",
        "https://my_host/x",
        "HTTP://127.0.0.1:8080/a"
      })
  void anAttachmentMayBeRelativeAndOnAnyHost(String url) {
    MessageContent content = attaching("see", List.of(file(url)));
    Scenario.channel().when(send("bob", content)).appends(new MessageSent(1, content));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain; charset=utf-8",
        "text/plain;charset=\"utf-8\";format=flowed",
        "application/vnd.oasis.opendocument.text"
      })
  void aMediaTypeMayHaveParameters(String mediaType) {
    MessageContent content =
        attaching("see", List.of(new Attachment("a", mediaType, 7, FILE.url())));
    Scenario.channel().when(send("bob", content)).appends(new MessageSent(1, content));
  }

  @Test
  void anAttachmentIsWellFormed() {
    Scenario.channel()
        .when(send("bob", attaching("see", List.of(file("https://files.example/\ud83d")))))
        .rejects(RejectionCode.INVALID_VALUE, "\\ud83d at 22", "well-formed Unicode");
    Scenario.channel()
        .when(send("bob", attaching("see", List.of(new Attachment("a", "a/\ude00", 7, "a")))))
        .rejects(RejectionCode.INVALID_VALUE, "\\ude00 at 2", "well-formed Unicode");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"image", "a/b;", "a/b; c", "a/b; c=", "a/b; c=\"d", "a/b; c=d\r\ne: f", "a/b c"})
  void aMediaTypeIsOne(String mediaType) {
    Scenario.channel()
        .when(send("bob", attaching("", List.of(new Attachment("a", mediaType, 7, FILE.url())))))
        .rejects(
            RejectionCode.INVALID_VALUE,
            mediaType,
            "type/subtype, perhaps with parameters, of at most 255 characters");
  }

  @Test
  void anAttachmentIsDescribed() {
    Scenario.channel()
        .when(send("bob", attaching("", List.of(new Attachment(" ", "image/png", 7, FILE.url())))))
        .rejects(RejectionCode.INVALID_VALUE, " ", "1 to 255 characters in one line");
    Scenario.channel()
        .when(send("bob", attaching("", List.of(new Attachment("a", "image/png", -1, FILE.url())))))
        .rejects(RejectionCode.INVALID_VALUE, -1, "at least 0 bytes");
  }

  @Test
  void sendingAgainAnswersTheFirstSend() {
    Scenario.channel()
        .message("bob", MessageContent.of("one", "k1"))
        .message("carol", "two")
        .when(send("bob", MessageContent.of("one", "k1")))
        .answers(1, BEFORE);
  }

  @Test
  void sendingAgainIsKnownWhateverIsSent() {
    Scenario.channel()
        .message("bob", MessageContent.of("one", "k1"))
        .when(reply("bob", 1, MessageContent.of("another body", "k1")))
        .answers(1, BEFORE);
    Scenario.channel()
        .message("alice", "one")
        .event("bob", new ReplySent(1, MessageContent.of("aside", "k1")))
        .when(send("bob", MessageContent.of("aside", "k1")))
        .answers(2, BEFORE);
  }

  @Test
  void whatAMemberSentIsKnownAgainAfterItsRemoval() {
    Scenario scenario =
        Scenario.channel()
            .message("bob", MessageContent.of("one", "k1"))
            .event("alice", new MemberRemoved("bob"));
    scenario.when(send("bob", MessageContent.of("one", "k1"))).answers(1, BEFORE);
    scenario
        .when(send("bob", MessageContent.of("two", "k2")))
        .rejects(RejectionCode.NOT_A_MEMBER, "bob", "a member of the conversation");
  }

  @Test
  void aClientMessageIdIsTheSendersOwn() {
    Scenario.channel()
        .message("bob", MessageContent.of("one", "k1"))
        .when(send("carol", MessageContent.of("two", "k1")))
        .appends(new MessageSent(2, MessageContent.of("two", "k1")));
  }

  @Test
  void aDeletedMessageIsNotSentAgain() {
    Scenario.channel()
        .message("bob", MessageContent.of("one", "k1"))
        .event("bob", new MessageDeleted(1))
        .when(send("bob", MessageContent.of("one", "k1")))
        .answers(1, BEFORE);
  }

  @Test
  void theLast4096MessagesAreKnownAgainFromMemory() {
    Scenario scenario = Scenario.channel().message("bob", MessageContent.of("first", "k1"));
    for (int i = 0; i < 4_095; i++) {
      scenario.message("carol", MessageContent.of("x", "c" + i));
    }
    scenario.when(send("bob", MessageContent.of("first", "k1"))).answers(1, BEFORE);
    scenario
        .when(send("bob", MessageContent.of("new", "k2")))
        .appends(new MessageSent(4_097, MessageContent.of("new", "k2")));
    assertThat(scenario.sendLookups).isZero();

    scenario.message("carol", "one more");
    scenario.when(send("carol", MessageContent.of("x", "c0"))).answers(2, BEFORE);
    assertThat(scenario.sendLookups).isZero();
  }

  @Test
  void olderMessagesAreKnownAgainFromTheLog() {
    Scenario scenario =
        Scenario.channel()
            .message("bob", MessageContent.of("first", "k1"))
            .event("bob", new ReplySent(1, MessageContent.of("aside", "k2")));
    for (int i = 0; i < 5_000; i++) {
      scenario.message("carol", MessageContent.of("x", "c" + i));
    }
    scenario.when(send("bob", MessageContent.of("first", "k1"))).answers(1, BEFORE);
    scenario.when(reply("bob", 1, MessageContent.of("aside", "k2"))).answers(2, BEFORE);
    scenario
        .when(send("alice", MessageContent.of("her own", "k1")))
        .appends(new MessageSent(5_002, MessageContent.of("her own", "k1")));
    assertThat(scenario.sendLookups).isEqualTo(3);

    scenario
        .when(send("bob", MessageContent.of("without an id")))
        .appends(new MessageSent(5_002, MessageContent.of("without an id")));
    assertThat(scenario.sendLookups).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "x\n", "é"})
  void aClientMessageIdIsAnId(String id) {
    Scenario.channel()
        .when(send("bob", MessageContent.of("one", id)))
        .rejects(RejectionCode.INVALID_VALUE, id, "an id: " + Ids.FORM);
  }

  @Test
  void aReplyStartsAThread() {
    Scenario.channel()
        .message("bob", "one")
        .when(reply("carol", 1, MessageContent.of("aside")))
        .appends(new ReplySent(1, MessageContent.of("aside")));
  }

  @Test
  void aReplyToAReplyJoinsTheRootsThread() {
    Scenario.channel()
        .message("bob", "one")
        .event("carol", new ReplySent(1, MessageContent.of("aside")))
        .when(reply("bob", 2, MessageContent.of("beside")))
        .appends(new ReplySent(1, MessageContent.of("beside")));
  }

  @Test
  void thereIsNoReplyToATombstone() {
    Scenario.channel()
        .message("bob", "one")
        .event("bob", new MessageDeleted(1))
        .when(reply("carol", 1, MessageContent.of("aside")))
        .rejects(RejectionCode.MESSAGE_DELETED, 1);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0, 2, 3, Long.MAX_VALUE})
  void aReplyIsToAMessage(long message) {
    Scenario.channel()
        .message("bob", "one")
        .event("bob", new MessageDeleted(1))
        .when(reply("carol", message, MessageContent.of("aside")))
        .rejects(RejectionCode.UNKNOWN_MESSAGE, message, "the sequence of a message, at most 2");
  }
}
