package io.confab.command.conversation;

import static io.confab.command.conversation.Scenario.BEFORE;
import static io.confab.command.conversation.Scenario.CHANNEL;
import static io.confab.command.conversation.Scenario.DIRECT;
import static io.confab.command.conversation.Scenario.NOW;
import static io.confab.command.conversation.Scenario.nothing;

import io.confab.events.ConversationCommand.RenameConversation;
import io.confab.events.ConversationCommand.StartConversation;
import io.confab.events.ConversationEvent.ConversationRenamed;
import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.Ids;
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.RejectionCode;
import io.confab.events.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StartingAConversationTest {
  private static final Member OWNER = new Member("alice", Role.OWNER);

  private static StartConversation start(
      String id, Kind kind, @Nullable String title, List<String> members) {
    return new StartConversation(id, "alice", NOW, kind, title, members);
  }

  private static List<String> people(int count) {
    return IntStream.range(0, count).mapToObj(i -> "user-" + i).toList();
  }

  @Test
  void theCreatorIsAMemberAndOwnsIt() {
    nothing(CHANNEL)
        .when(start(CHANNEL, Kind.GROUP, null, List.of("bob")))
        .appends(
            new ConversationStarted(
                Kind.GROUP, null, List.of(OWNER, new Member("bob", Role.MEMBER))));
  }

  @Test
  void whoIsNamedTwiceIsInOnce() {
    nothing(CHANNEL)
        .when(start(CHANNEL, Kind.CHANNEL, " News ", List.of("bob", "alice", "bob")))
        .appends(
            new ConversationStarted(
                Kind.CHANNEL, "News", List.of(OWNER, new Member("bob", Role.MEMBER))));
  }

  @Test
  void aDirectConversationHasTheIdOfItsTwoMembers() {
    nothing(DIRECT)
        .when(start(DIRECT, Kind.DIRECT, null, List.of("bob")))
        .appends(
            new ConversationStarted(
                Kind.DIRECT, null, List.of(OWNER, new Member("bob", Role.MEMBER))));
    nothing("c-9")
        .when(start("c-9", Kind.DIRECT, null, List.of("bob")))
        .rejects(RejectionCode.INVALID_VALUE, "c-9", DIRECT);
  }

  @Test
  void aDirectConversationThatExistsIsTheAnswer() {
    Scenario.direct()
        .message("bob", "hi")
        .when(start(DIRECT, Kind.DIRECT, null, List.of("bob")))
        .answers(0, BEFORE);
    Scenario.direct()
        .when(new StartConversation(DIRECT, "bob", NOW, Kind.DIRECT, null, List.of("alice")))
        .answers(0, BEFORE);
  }

  @Test
  void anyOtherIdIsUsedOnce() {
    Scenario.channel()
        .when(start(CHANNEL, Kind.CHANNEL, "News", List.of()))
        .rejects(RejectionCode.CONFLICT, CHANNEL, "an id that is not taken");
  }

  @Test
  void aDirectConversationHasExactlyTwoMembers() {
    nothing(DIRECT)
        .when(start(DIRECT, Kind.DIRECT, null, List.of("alice")))
        .rejects(RejectionCode.INVALID_VALUE, 1, "exactly 2 members");
    nothing(DIRECT)
        .when(start(DIRECT, Kind.DIRECT, null, List.of("bob", "carol")))
        .rejects(RejectionCode.TOO_MANY_MEMBERS, 3, 2);
  }

  @Test
  void aGroupHasAtMost250Members() {
    List<Member> members = new ArrayList<>(List.of(OWNER));
    people(249).forEach(user -> members.add(new Member(user, Role.MEMBER)));
    nothing(CHANNEL)
        .when(start(CHANNEL, Kind.GROUP, null, people(249)))
        .appends(new ConversationStarted(Kind.GROUP, null, members));
    nothing(CHANNEL)
        .when(start(CHANNEL, Kind.GROUP, null, people(250)))
        .rejects(RejectionCode.TOO_MANY_MEMBERS, 251, 250);
  }

  @Test
  void aChannelHasAtMost25000Members() {
    nothing(CHANNEL)
        .when(start(CHANNEL, Kind.CHANNEL, "News", people(26_000)))
        .rejects(RejectionCode.TOO_MANY_MEMBERS, 26_001, 25_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "bob smith", "bob\n", "böb"})
  void membersAreIds(String member) {
    nothing(CHANNEL)
        .when(start(CHANNEL, Kind.GROUP, null, List.of(member)))
        .rejects(RejectionCode.INVALID_VALUE, member, "an id: " + Ids.FORM);
  }

  @Test
  void theConversationHasAnId() {
    nothing("c 1")
        .when(start("c 1", Kind.GROUP, null, List.of()))
        .rejects(RejectionCode.INVALID_VALUE, "c 1", "an id: " + Ids.FORM);
  }

  @Test
  void aChannelMayHaveNoTitleAndADirectConversationHasNone() {
    nothing(CHANNEL)
        .when(start(CHANNEL, Kind.CHANNEL, null, List.of()))
        .appends(new ConversationStarted(Kind.CHANNEL, null, List.of(OWNER)));
    nothing(DIRECT)
        .when(start(DIRECT, Kind.DIRECT, "Us", List.of("bob")))
        .rejects(RejectionCode.INVALID_VALUE, "Us", "no title");
  }

  @Test
  void aTitleHasAtMost200Characters() {
    String longest = "😀".repeat(200);
    nothing(CHANNEL)
        .when(start(CHANNEL, Kind.CHANNEL, longest, List.of()))
        .appends(new ConversationStarted(Kind.CHANNEL, longest, List.of(OWNER)));
    nothing(CHANNEL)
        .when(start(CHANNEL, Kind.CHANNEL, longest + "x", List.of()))
        .rejects(RejectionCode.TITLE_TOO_LONG, 201, "at most 200 characters");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "two\nlines", "nul\0"})
  void aTitleIsOneLineThatSaysSomething(String title) {
    nothing(CHANNEL)
        .when(start(CHANNEL, Kind.GROUP, title, List.of()))
        .rejects(RejectionCode.INVALID_VALUE, title.strip(), "1 to 200 characters in one line");
  }

  @Test
  void anOwnerRenames() {
    Scenario.channel()
        .when(new RenameConversation(CHANNEL, "alice", NOW, " Old news "))
        .appends(new ConversationRenamed("Old news"));
  }

  @Test
  void renamingToTheSameTitleChangesNothing() {
    Scenario.channel().when(new RenameConversation(CHANNEL, "alice", NOW, "News")).changesNothing();
  }

  @Test
  void onlyAnOwnerRenames() {
    Scenario.channel()
        .when(new RenameConversation(CHANNEL, "bob", NOW, "Mine"))
        .rejects(RejectionCode.NOT_AN_OWNER, "bob");
    Scenario.channel()
        .when(new RenameConversation(CHANNEL, "mallory", NOW, "Mine"))
        .rejects(RejectionCode.NOT_A_MEMBER, "mallory");
  }

  @Test
  void aDirectConversationIsNotRenamed() {
    Scenario.direct()
        .when(new RenameConversation(DIRECT, "alice", NOW, "Us"))
        .rejects(RejectionCode.INVALID_VALUE, "Us", "no title");
  }

  @Test
  void aNewTitleObeysTheLimit() {
    Scenario.channel()
        .when(new RenameConversation(CHANNEL, "alice", NOW, "x".repeat(201)))
        .rejects(RejectionCode.TITLE_TOO_LONG, 201, "at most 200 characters");
  }
}
