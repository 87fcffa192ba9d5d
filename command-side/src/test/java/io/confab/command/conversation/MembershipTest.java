package io.confab.command.conversation;

import static io.confab.command.conversation.Scenario.CHANNEL;
import static io.confab.command.conversation.Scenario.DIRECT;
import static io.confab.command.conversation.Scenario.NOW;

import io.confab.events.ConversationCommand.AddMembers;
import io.confab.events.ConversationCommand.ChangeMemberRole;
import io.confab.events.ConversationCommand.RemoveMember;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.ConversationEvent.MemberRoleChanged;
import io.confab.events.ConversationEvent.MembersAdded;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.Ids;
import io.confab.events.Member;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import io.confab.events.Role;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MembershipTest {
  private static AddMembers add(String by, String... members) {
    return new AddMembers(CHANNEL, by, NOW, List.of(members));
  }

  private static RemoveMember remove(String by, String member) {
    return new RemoveMember(CHANNEL, by, NOW, member);
  }

  private static ChangeMemberRole change(String by, String member, Role role) {
    return new ChangeMemberRole(CHANNEL, by, NOW, member, role);
  }

  @Test
  void anOwnerAddsThoseWhoAreNotMembersYet() {
    Scenario.channel()
        .when(add("alice", "dave", "bob", "dave", "erin"))
        .appends(
            new MembersAdded(
                List.of(new Member("dave", Role.MEMBER), new Member("erin", Role.MEMBER))));
  }

  @Test
  void addingMembersAgainChangesNothing() {
    Scenario.channel().when(add("alice", "bob", "alice")).changesNothing();
  }

  @Test
  void onlyAnOwnerAdds() {
    Scenario.channel().when(add("bob", "dave")).rejects(RejectionCode.NOT_AN_OWNER, "bob");
    Scenario.channel().when(add("dave", "dave")).rejects(RejectionCode.NOT_A_MEMBER, "dave");
  }

  @Test
  void addedMembersAreIds() {
    Scenario.channel()
        .when(add("alice", "dave", "no id"))
        .rejects(RejectionCode.INVALID_VALUE, "no id", "an id: " + Ids.FORM);
  }

  @Test
  void aGroupDoesNotGrowOver250() {
    String[] people = IntStream.range(0, 248).mapToObj(i -> "user-" + i).toArray(String[]::new);
    Scenario.group().when(add("alice", people)).rejects(RejectionCode.TOO_MANY_MEMBERS, 251, 250);
  }

  @Test
  void anOwnerRemovesAMember() {
    Scenario.channel().when(remove("alice", "bob")).appends(new MemberRemoved("bob"));
  }

  @Test
  void aMemberLeaves() {
    Scenario.channel().when(remove("bob", "bob")).appends(new MemberRemoved("bob"));
  }

  @Test
  void aMemberRemovesNobodyElse() {
    Scenario.channel().when(remove("bob", "carol")).rejects(RejectionCode.NOT_AN_OWNER, "bob");
    Scenario.channel()
        .when(remove("mallory", "carol"))
        .rejects(RejectionCode.NOT_A_MEMBER, "mallory");
  }

  @Test
  void whoIsNoMemberIsNotRemoved() {
    Scenario.channel().when(remove("alice", "dave")).rejects(RejectionCode.UNKNOWN_MEMBER, "dave");
    Scenario.channel().when(remove("dave", "dave")).rejects(RejectionCode.NOT_A_MEMBER, "dave");
  }

  @Test
  void theLastOwnerStaysWhileOthersRemain() {
    Scenario.channel()
        .when(remove("alice", "alice"))
        .rejects(RejectionCode.LAST_OWNER, "alice", "another owner first");
    Scenario.channel()
        .event("alice", new MemberRoleChanged("bob", Role.OWNER))
        .when(remove("alice", "alice"))
        .appends(new MemberRemoved("alice"));
  }

  @Test
  void theLastMemberMayLeave() {
    Scenario.channel()
        .event("bob", new MemberRemoved("bob"))
        .event("carol", new MemberRemoved("carol"))
        .when(remove("alice", "alice"))
        .appends(new MemberRemoved("alice"));
  }

  @Test
  void anOwnerThatWasRemovedCountsNoMore() {
    Scenario.channel()
        .event("alice", new MemberRoleChanged("bob", Role.OWNER))
        .event("alice", new MemberRemoved("bob"))
        .when(remove("alice", "alice"))
        .rejects(RejectionCode.LAST_OWNER, "alice");
  }

  @Test
  void whoWasRemovedMayDoNothing() {
    Scenario.channel()
        .event("alice", new MemberRemoved("bob"))
        .when(new SendMessage(CHANNEL, "bob", NOW, MessageContent.of("still here?")))
        .rejects(RejectionCode.NOT_A_MEMBER, "bob", "a member of the conversation");
  }

  @Test
  void whoWasAddedAgainMaySendAgain() {
    Scenario.channel()
        .event("alice", new MemberRemoved("bob"))
        .event("alice", new MembersAdded(List.of(new Member("bob", Role.MEMBER))))
        .when(new SendMessage(CHANNEL, "bob", NOW, MessageContent.of("back")))
        .appends(new MessageSent(1, MessageContent.of("back")));
  }

  @Test
  void anOwnerChangesARole() {
    Scenario.channel()
        .when(change("alice", "bob", Role.OWNER))
        .appends(new MemberRoleChanged("bob", Role.OWNER));
    Scenario.channel()
        .event("alice", new MemberRoleChanged("bob", Role.OWNER))
        .when(change("bob", "alice", Role.MEMBER))
        .appends(new MemberRoleChanged("alice", Role.MEMBER));
  }

  @Test
  void changingToTheSameRoleChangesNothing() {
    Scenario.channel().when(change("alice", "bob", Role.MEMBER)).changesNothing();
  }

  @Test
  void onlyAnOwnerChangesRoles() {
    Scenario.channel()
        .when(change("bob", "bob", Role.OWNER))
        .rejects(RejectionCode.NOT_AN_OWNER, "bob");
    Scenario.channel()
        .when(change("mallory", "mallory", Role.OWNER))
        .rejects(RejectionCode.NOT_A_MEMBER, "mallory");
  }

  @Test
  void onlyAMemberHasARole() {
    Scenario.channel()
        .when(change("alice", "dave", Role.OWNER))
        .rejects(RejectionCode.UNKNOWN_MEMBER, "dave");
  }

  @Test
  void theLastOwnerStaysAnOwner() {
    Scenario.channel()
        .when(change("alice", "alice", Role.MEMBER))
        .rejects(RejectionCode.LAST_OWNER, "alice");
  }

  @Test
  void theMembersOfADirectConversationAreFixed() {
    Scenario.direct()
        .when(new AddMembers(DIRECT, "alice", NOW, List.of("carol")))
        .rejects(RejectionCode.MEMBERS_FIXED, DIRECT);
    Scenario.direct()
        .when(new RemoveMember(DIRECT, "alice", NOW, "bob"))
        .rejects(RejectionCode.MEMBERS_FIXED, DIRECT);
    Scenario.direct()
        .when(new RemoveMember(DIRECT, "bob", NOW, "bob"))
        .rejects(RejectionCode.MEMBERS_FIXED, DIRECT);
    Scenario.direct()
        .when(new ChangeMemberRole(DIRECT, "alice", NOW, "bob", Role.OWNER))
        .rejects(RejectionCode.MEMBERS_FIXED, DIRECT);
  }
}
