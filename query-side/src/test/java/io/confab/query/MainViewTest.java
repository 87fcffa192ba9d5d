package io.confab.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.ConversationEvent.MessageDeleted;
import io.confab.events.ConversationEvent.MessageEdited;
import io.confab.events.ConversationEvent.MessagePinned;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.Kind;
import io.confab.query.TestApi.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

@ExtendWith(TestApi.Closing.class)
class MainViewTest {
  private static final String PATH = "/api/conversations/c-1/messages";

  private final TestApi api = new TestApi();
  private final TestWorld world = api.world;

  /** Messages at 1, 2, 4, 5, 7; a reply at 3; reactions at 6 and 8. */
  private void sevenOfNine() {
    world.start("c-1", Kind.GROUP, null, "alice", "bob");
    world.send("c-1", "alice", "one");
    world.send("c-1", "bob", "two");
    world.reply("c-1", "bob", 1, "to one");
    world.send("c-1", "alice", "four");
    world.send("c-1", "alice", "five");
    world.append("c-1", "bob", new ReactionAdded(4, "👍"));
    world.send("c-1", "bob", "seven");
    world.append("c-1", "alice", new ReactionAdded(4, "👍"));
  }

  private Answer get(String query) {
    return api.get("alice", PATH + query);
  }

  @Test
  void withoutACursorThePageIsTheEndAndReachesToTheHead() {
    sevenOfNine();
    Answer page = get("?limit=2");
    assertThat(page.items("sequence")).containsExactly(5L, 7L);
    assertThat(page.page())
        .isEqualTo("{\"head\":8,\"from\":5,\"to\":8,\"before\":5,\"after\":null}");
  }

  @Test
  void aPageThatHoldsTheFirstMessageCoversFromTheStart() {
    sevenOfNine();
    Answer page = get("?before=4&limit=2");
    assertThat(page.items("sequence")).containsExactly(1L, 2L);
    assertThat(page.page())
        .isEqualTo("{\"head\":8,\"from\":0,\"to\":3,\"before\":null,\"after\":3}");
  }

  @Test
  void behindASequence() {
    sevenOfNine();
    Answer page = get("?after=2&limit=2");
    assertThat(page.items("sequence")).containsExactly(4L, 5L);
    assertThat(page.page()).isEqualTo("{\"head\":8,\"from\":3,\"to\":5,\"before\":3,\"after\":5}");
  }

  @Test
  void aroundASequenceHalfIsOlderAndTheOtherHalfBeginsWithIt() {
    sevenOfNine();
    Answer page = get("?around=4&limit=2");
    assertThat(page.items("sequence")).containsExactly(2L, 4L);
    assertThat(page.page()).isEqualTo("{\"head\":8,\"from\":2,\"to\":4,\"before\":2,\"after\":4}");
  }

  @Test
  void whatComesInWhileAPageIsReadIsLeftToTheNext() {
    sevenOfNine();
    for (String query : new String[] {"?limit=2", "?after=4", "?around=5"}) {
      long head = world.head("c-1");
      world.behindTheHead(() -> world.send("c-1", "bob", "just now"));
      Answer page = get(query);
      assertThat(page.items("sequence")).as(query).isNotEmpty().allMatch(s -> s <= head);
      assertThat(page.page())
          .as(query)
          .contains("\"head\":" + head + ",", "\"to\":" + head + ",", "\"after\":null");
    }
  }

  @Test
  void pagesWithoutItemsAreWellFormed() {
    world.start("c-1", Kind.GROUP, null, "alice");
    assertThat(get("").text())
        .isEqualTo(
            "{\"items\":[],\"page\":"
                + "{\"head\":0,\"from\":0,\"to\":0,\"before\":null,\"after\":null}}");
    world.send("c-1", "alice", "one");
    assertThat(get("?before=0").text())
        .isEqualTo(
            "{\"items\":[],\"page\":"
                + "{\"head\":1,\"from\":0,\"to\":-1,\"before\":null,\"after\":-1}}");
    assertThat(get("?after=1").text())
        .isEqualTo(
            "{\"items\":[],\"page\":"
                + "{\"head\":1,\"from\":2,\"to\":1,\"before\":2,\"after\":null}}");
    assertThat(get("?after=" + Long.MAX_VALUE).page()).isEqualTo(get("?after=1").page());
    assertThat(get("?before=" + Long.MAX_VALUE).text()).isEqualTo(get("").text());
    assertThat(get("?around=" + Long.MAX_VALUE).text()).isEqualTo(get("").text());
    assertThat(get("?after=-1").items("sequence")).containsExactly(1L);
  }

  @Test
  void anItemSaysAllThereIsToAMessage() {
    sevenOfNine();
    world.append("c-1", "alice", new MessageEdited(4, "four!"));
    world.append("c-1", "alice", new MessagePinned(4));
    assertThat(get("?around=4&limit=1").json().get("items").get(0).toString())
        .isEqualTo(
            "{\"conversation\":\"c-1\",\"sequence\":4,\"ordinal\":3,\"by\":\"alice\","
                + "\"at\":\"2026-11-24T09:00:04.000Z\",\"body\":\"four!\",\"mentions\":[],"
                + "\"attachments\":[],\"replyCount\":0,\"lastReplyAt\":null,"
                + "\"reactions\":{\"👍\":{\"count\":2,\"mine\":true}},"
                + "\"editedAt\":\"2026-11-24T09:00:09.000Z\",\"deleted\":false,\"pinned\":true}");
    assertThat(api.get("carol/support", PATH + "/4").text())
        .contains("\"reactions\":{\"👍\":{\"count\":2,\"mine\":false}}");
    assertThat(get("?around=1&limit=1").json().get("items").get(0).toString())
        .contains(
            "\"replyCount\":1,\"lastReplyAt\":\"2026-11-24T09:00:03.000Z\"", "\"editedAt\":null")
        .doesNotContain("root", "clientMessageId");
    world.append("c-1", "alice", new MessageDeleted(4));
    assertThat(get("?around=4&limit=1").json().get("items").get(0).toString())
        .contains("\"body\":\"\"", "\"reactions\":{}", "\"deleted\":true");
  }

  @Test
  void everyPageHoldsExactlyTheMessagesItClaimsToCoverAndPagesJoinWithoutAHole() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 30; round++) {
      String conversation = "c-round-" + round;
      String path = "/api/conversations/" + conversation + "/messages";
      List<Long> main = new ArrayList<>();
      world.start(conversation, Kind.GROUP, null, "alice");
      for (int i = random.nextInt(40); i > 0; i--) {
        if (!main.isEmpty() && random.nextInt(3) == 0) {
          world.reply(conversation, "alice", main.get(random.nextInt(main.size())), "reply");
        } else {
          main.add(world.send(conversation, "alice", "message"));
        }
      }
      String limit = "limit=" + (1 + random.nextInt(7));
      String description = "seed " + seed + ", round " + round;

      List<Long> walked = new ArrayList<>();
      Answer page = api.get("alice", path + "?" + limit);
      for (; ; ) {
        assertCovers(page, main, description);
        walked.addAll(0, page.items("sequence"));
        JsonNode before = page.json().get("page").get("before");
        if (before.isNull()) {
          break;
        }
        page = api.get("alice", path + "?" + limit + "&before=" + before);
      }
      assertThat(walked).as(description + ", backwards").isEqualTo(main);

      walked.clear();
      page = api.get("alice", path + "?" + limit + "&after=-1");
      for (; ; ) {
        assertCovers(page, main, description);
        walked.addAll(page.items("sequence"));
        JsonNode after = page.json().get("page").get("after");
        if (after.isNull()) {
          break;
        }
        page = api.get("alice", path + "?" + limit + "&after=" + after);
      }
      assertThat(walked).as(description + ", forwards").isEqualTo(main);

      long around = random.nextInt(45);
      page = api.get("alice", path + "?" + limit + "&around=" + around);
      assertCovers(page, main, description + ", around " + around);
    }
  }

  @Test
  void pagesOfLongMessagesHoldFewerAndJoinWithoutAHole() {
    world.start("c-1", Kind.GROUP, null, "alice");
    List<Long> main = new ArrayList<>();
    List<Long> thread = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      main.add(world.send("c-1", "alice", "x".repeat(28 * 1024)));
    }
    for (int i = 0; i < 50; i++) {
      thread.add(world.reply("c-1", "alice", 1, "\u00fc\n".repeat(9 * 1024)));
    }
    assertThat(walk(PATH + "?limit=1000&after=-1", "after", main)).isEqualTo(main);
    assertThat(walk(PATH + "?limit=1000", "before", main)).isEqualTo(main);
    assertThat(walk(PATH + "/1/replies?limit=1000", "after", null)).isEqualTo(thread);
    Answer around = get("?around=60&limit=1000");
    assertBounded(around);
    assertCovers(around, main, "around");
    assertThat(around.items("sequence")).contains(59L, 60L).hasSizeBetween(30, 40);
  }

  private List<Long> walk(String uri, String cursor, List<Long> main) {
    List<Long> walked = new ArrayList<>();
    for (String next = ""; ; ) {
      Answer page = api.get("alice", uri + next);
      assertBounded(page);
      if (main != null) {
        assertCovers(page, main, uri + next);
      }
      walked.addAll(cursor.equals("before") ? 0 : walked.size(), page.items("sequence"));
      JsonNode value = page.json().get("page").get(cursor);
      if (value.isNull()) {
        return walked;
      }
      uri = uri.replace("&after=-1", "");
      next = "&" + cursor + "=" + value;
    }
  }

  private static void assertBounded(Answer page) {
    assertThat(page.response().getContentAsByteArray().length)
        .isLessThan(Page.MAX_BYTES + 2 * 30 * 1024);
  }

  private static void assertCovers(Answer page, List<Long> main, String description) {
    long from = page.json().get("page").get("from").longValue();
    long to = page.json().get("page").get("to").longValue();
    assertThat(page.items("sequence"))
        .as(description + ", page " + page.page())
        .isEqualTo(main.stream().filter(s -> s >= from && s <= to).toList());
  }

  @Test
  void anItemIsAskedForByItsSequence() {
    sevenOfNine();
    assertThat(api.get("alice", PATH + "/2").json().get("body").stringValue()).isEqualTo("two");
    JsonNode reply = api.get("alice", PATH + "/3").json();
    assertThat(reply.get("root").longValue()).isEqualTo(1);
    assertThat(reply.has("ordinal")).isFalse();
    assertThat(api.get("alice", PATH + "/6").refusal())
        .isEqualTo("404 unknown-message | 6 | head 8");
  }

  @Test
  void aThreadIsPagedForwardsAndThatOfAReplyIsItsRoots() {
    sevenOfNine();
    world.reply("c-1", "alice", 1, "again"); // 9
    world.reply("c-1", "alice", 4, "elsewhere"); // 10
    world.reply("c-1", "bob", 1, "and again"); // 11
    Answer first = api.get("alice", PATH + "/1/replies?limit=2");
    assertThat(first.items("sequence")).containsExactly(3L, 9L);
    assertThat(first.page())
        .isEqualTo("{\"head\":11,\"from\":0,\"to\":9,\"before\":null,\"after\":9}");
    Answer second = api.get("alice", PATH + "/1/replies?limit=2&after=9");
    assertThat(second.items("sequence")).containsExactly(11L);
    assertThat(second.page())
        .isEqualTo("{\"head\":11,\"from\":10,\"to\":11,\"before\":null,\"after\":null}");
    assertThat(api.get("alice", PATH + "/9/replies?limit=2").text()).isEqualTo(first.text());
    assertThat(api.get("alice", PATH + "/2/replies").text())
        .isEqualTo(
            "{\"items\":[],\"page\":"
                + "{\"head\":11,\"from\":0,\"to\":11,\"before\":null,\"after\":null}}");
  }

  @Test
  void whoReacted() {
    sevenOfNine();
    assertThat(api.get("alice", PATH + "/4/reactions").json().get("items").toString())
        .isEqualTo(
            "[{\"emoji\":\"👍\",\"user\":\"alice\",\"at\":\"2026-11-24T09:00:08.000Z\"},"
                + "{\"emoji\":\"👍\",\"user\":\"bob\",\"at\":\"2026-11-24T09:00:06.000Z\"}]");
  }
}
