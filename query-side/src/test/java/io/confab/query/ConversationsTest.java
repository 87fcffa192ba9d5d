package io.confab.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.ConversationEvent.MemberRemoved;
import io.confab.events.ConversationEvent.MembersAdded;
import io.confab.events.Kind;
import io.confab.events.Member;
import io.confab.events.Role;
import io.confab.query.TestApi.Answer;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestApi.Closing.class)
class ConversationsTest {
  private static final String LAST_PAGE =
      "{\"head\":null,\"from\":null,\"to\":null,\"before\":null,\"after\":null}";

  private final TestApi api = new TestApi();
  private final TestWorld world = api.world;

  @Test
  void theSummary() {
    world.start("c-1", Kind.CHANNEL, "Plans", "alice", "bob");
    world.send("c-1", "alice", "one");
    world.send("c-1", "bob", "two");
    world.send("c-1", "alice", "three");
    assertThat(api.get("bob", "/api/conversations/c-1").text())
        .isEqualTo(
            "{\"conversation\":\"c-1\",\"kind\":\"channel\",\"title\":\"Plans\",\"head\":3,"
                + "\"memberCount\":2,\"messageCount\":3,"
                + "\"lastMessage\":{\"sequence\":3,\"by\":\"alice\","
                + "\"at\":\"2026-11-24T09:00:03.000Z\",\"body\":\"three\",\"deleted\":false},"
                + "\"myRole\":\"member\",\"unread\":2,\"readUpTo\":-1}");
    assertThat(api.get("sue/support", "/api/conversations/c-1").text())
        .contains("\"head\":3")
        .endsWith("\"myRole\":null,\"unread\":null,\"readUpTo\":null}")
        .doesNotContain("with");
  }

  @Test
  void aDirectConversationNamesTheOtherUser() {
    world.start("d-1", Kind.DIRECT, null, "alice", "bob");
    assertThat(api.get("alice", "/api/conversations/d-1").text())
        .contains("\"title\":null,\"with\":\"bob\"", "\"lastMessage\":null");
    assertThat(api.get("bob", "/api/conversations/d-1").text()).contains("\"with\":\"alice\"");
  }

  @Test
  void membersArePagedInTheOrderOfTheirIds() {
    String[] members =
        IntStream.range(0, 120).mapToObj("user-%03d"::formatted).toArray(String[]::new);
    world.start("c-1", Kind.CHANNEL, "All", members);
    Answer first = api.get("user-005", "/api/conversations/c-1/members");
    assertThat(first.json().get("items")).hasSize(50);
    assertThat(first.json().get("items").get(0).toString())
        .isEqualTo(
            "{\"user\":\"user-000\",\"role\":\"owner\",\"since\":\"2026-11-24T09:00:00.000Z\"}");
    assertThat(first.page()).isEqualTo(members("\"user-049\""));
    Answer last = api.get("user-005", "/api/conversations/c-1/members?after=user-049&limit=70");
    assertThat(last.json().get("items")).hasSize(70);
    assertThat(last.json().get("items").get(0).get("user").stringValue()).isEqualTo("user-050");
    assertThat(last.page()).isEqualTo(members("null"));
    assertThat(api.get("user-005", "/api/conversations/c-1/members?after=zoe").text())
        .isEqualTo("{\"items\":[],\"page\":" + members("null") + "}");
  }

  private static String members(String after) {
    return "{\"head\":0,\"from\":null,\"to\":null,\"before\":null,\"after\":" + after + "}";
  }

  // Read markers

  @Test
  void theReadMarkerOnlyMovesForward() {
    world.start("c-1", Kind.GROUP, null, "alice", "bob");
    world.send("c-1", "alice", "one");
    world.reply("c-1", "alice", 1, "not of the main view");
    world.send("c-1", "alice", "two");
    world.send("c-1", "alice", "three");
    String path = "/api/conversations/c-1/read";
    assertThat(api.put("bob", path, "{\"upTo\":2}").text())
        .isEqualTo("{\"conversation\":\"c-1\",\"upTo\":2,\"unread\":2,\"sequence\":2}");
    assertThat(api.put("bob", path, "{\"upTo\":3}").text())
        .isEqualTo("{\"conversation\":\"c-1\",\"upTo\":3,\"unread\":1,\"sequence\":3}");
    assertThat(api.put("bob", path, "{\"upTo\":0}").text())
        .isEqualTo("{\"conversation\":\"c-1\",\"upTo\":3,\"unread\":1,\"sequence\":3}");
    assertThat(api.get("bob", "/api/conversations/c-1").text())
        .contains("\"unread\":1,\"readUpTo\":3");
    assertThat(api.get("alice", "/api/conversations/c-1").text())
        .contains("\"unread\":0,\"readUpTo\":-1");
  }

  @Test
  void onlyMembersHaveAReadMarkerAndOnlyUpToTheHead() {
    world.start("c-1", Kind.GROUP, null, "alice", "bob");
    String path = "/api/conversations/c-1/read";
    assertThat(api.put("bob", path, "{\"upTo\":1}").refusal())
        .isEqualTo("400 invalid-value | 1 | 0 to head 0");
    assertThat(api.put("sue/support", path, "{\"upTo\":0}").refusal())
        .isEqualTo("403 not-a-member | c-1 | members of the conversation");
    assertThat(api.put("bob", "/api/conversations/c-9/read", "{\"upTo\":0}").refusal())
        .isEqualTo("404 unknown-conversation | c-9 | -");
    assertThat(api.put("bob", path, "{\"upTo\":\"0\"}").status()).isEqualTo(400);
    assertThat(api.put("bob", path, "{\"upTo\":0.5}").status()).isEqualTo(400);
    assertThat(api.put("bob", path, "{\"upTo\":-1}").status()).isEqualTo(400);
    assertThat(api.put("bob", path, "{}").status()).isEqualTo(400);
    assertThat(api.put("bob", path, "{").status()).isEqualTo(400);
    world.append("c-1", "alice", new MemberRemoved("bob"));
    assertThat(api.put("bob", path, "{\"upTo\":0}").status()).isEqualTo(403);
    assertThat(api.audited).isEmpty();
  }

  // The inbox

  @Test
  void theInboxIsOrderedByTheNewestEventAndCountsWhatIsUnread() {
    world.start("c-old", Kind.GROUP, null, "alice", "bob");
    world.start("d-1", Kind.DIRECT, null, "alice", "bob");
    world.start("c-not-his", Kind.GROUP, null, "alice", "carol");
    world.send("d-1", "alice", "hello");
    world.start("c-new", Kind.CHANNEL, "New", "bob");
    world.send("c-old", "alice", "one");
    world.send("c-old", "alice", "two");
    Answer inbox = api.get("bob", "/api/me/conversations");
    assertThat(
            inbox.json().get("items").valueStream().map(i -> i.get("conversation").stringValue()))
        .containsExactly("c-old", "c-new", "d-1");
    assertThat(inbox.items("unread")).containsExactly(2L, 0L, 1L);
    assertThat(inbox.page()).isEqualTo(LAST_PAGE);
    assertThat(inbox.json().get("items").get(2).toString())
        .isEqualTo(
            "{\"conversation\":\"d-1\",\"kind\":\"direct\",\"title\":null,\"with\":\"alice\",\"head\":1,"
                + "\"memberCount\":2,\"messageCount\":1,"
                + "\"lastMessage\":{\"sequence\":1,\"by\":\"alice\","
                + "\"at\":\"2026-11-24T09:00:03.000Z\",\"body\":\"hello\",\"deleted\":false},"
                + "\"myRole\":\"member\",\"unread\":1,\"readUpTo\":-1}");
    assertThat(api.get("nobody", "/api/me/conversations").text())
        .isEqualTo("{\"items\":[],\"page\":" + LAST_PAGE + "}");
  }

  @Test
  void whoJoinsLateHasNothingUnreadFromBefore() {
    world.start("c-1", Kind.GROUP, null, "alice");
    world.send("c-1", "alice", "before");
    world.append("c-1", "alice", new MembersAdded(List.of(new Member("bob", Role.MEMBER))));
    assertThat(api.get("bob", "/api/me/conversations").items("unread")).containsExactly(0L);
    world.send("c-1", "alice", "after");
    assertThat(api.get("bob", "/api/me/conversations").items("unread")).containsExactly(1L);
    world.send("c-1", "bob", "own");
    assertThat(api.get("bob", "/api/me/conversations").items("unread")).containsExactly(1L);
  }

  @Test
  void sendingIsNotReadingAndOnesOwnMessagesAreNotUnread() {
    world.start("c-1", Kind.GROUP, null, "alice", "bob");
    world.send("c-1", "bob", "one");
    world.send("c-1", "alice", "two");
    assertThat(api.get("alice", "/api/me/conversations").items("unread")).containsExactly(1L);
    assertThat(api.get("bob", "/api/conversations/c-1").json().get("unread").intValue())
        .isEqualTo(1);
    world.send("c-1", "bob", "three");
    world.send("c-1", "alice", "four");
    String path = "/api/conversations/c-1/read";
    assertThat(unreadAfter(path, 0)).isEqualTo(2);
    assertThat(unreadAfter(path, 1)).isEqualTo(1);
    assertThat(unreadAfter(path, 2)).isEqualTo(1);
    assertThat(unreadAfter(path, 3)).isZero();
    world.append("c-1", "bob", new MemberRemoved("alice"));
    world.send("c-1", "bob", "five");
    world.append("c-1", "bob", new MembersAdded(List.of(new Member("alice", Role.MEMBER))));
    world.send("c-1", "alice", "six");
    world.send("c-1", "bob", "seven");
    assertThat(api.get("alice", "/api/me/conversations").items("unread")).containsExactly(1L);
  }

  private int unreadAfter(String path, long upTo) {
    return api.put("alice", path, "{\"upTo\":" + upTo + "}").json().get("unread").intValue();
  }

  @Test
  void inboxPagesJoinWithoutAHole() {
    for (int i = 0; i < 23; i++) {
      world.start("c-" + i, Kind.GROUP, null, "alice");
    }
    String uri = "/api/me/conversations?limit=5";
    Stream.Builder<String> walked = Stream.builder();
    for (String after = ""; after != null; ) {
      Answer page = api.get("alice", uri + after);
      page.json().get("items").forEach(i -> walked.add(i.get("conversation").stringValue()));
      var cursor = page.json().get("page").get("after");
      after = cursor.isNull() ? null : "&after=" + cursor.stringValue();
    }
    assertThat(walked.build())
        .containsExactlyElementsOf(
            IntStream.range(0, 23).map(i -> 22 - i).mapToObj(i -> "c-" + i).toList());
  }

  @Test
  void theInboxIsAsNewAsTheLog() {
    TestApi late = new TestApi(java.time.Duration.ZERO);
    late.world.hold();
    late.world.start("c-1", Kind.GROUP, null, "alice");
    assertThat(late.get("alice", "/api/me/conversations").refusal())
        .isEqualTo("503 unavailable | - | 0 ms");
    late.world.release();
    assertThat(late.get("alice", "/api/me/conversations").json().get("items")).hasSize(1);
  }

  @Test
  void anInboxIsReadByItsUserOrBySupportWithAnAudit() {
    world.start("c-1", Kind.GROUP, null, "alice", "bob");
    world.send("c-1", "alice", "one");
    assertThat(api.get("bob", "/api/users/bob/conversations").refusal())
        .isEqualTo("403 forbidden | [] | role support");
    assertThat(api.audited).isEmpty();
    assertThat(api.get("sue/support", "/api/users/bob/conversations").text())
        .isEqualTo(api.get("bob", "/api/me/conversations").text());
    assertThat(api.audited)
        .containsExactly(
            new AuditLog.Read(TestWorld.START, "sue", "/api/users/bob/conversations", null));
  }
}
