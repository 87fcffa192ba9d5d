package io.confab.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.EncodedEvent;
import io.confab.events.EventType;
import io.confab.events.Kind;
import io.confab.query.EventReplay.Replay;
import io.confab.query.TestApi.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestApi.Closing.class)
class EventsTest {
  private final TestApi api = new TestApi();
  private final TestWorld world = api.world;

  private void log() {
    world.start("c-1", Kind.GROUP, null, "alice", "bob");
    world.start("c-2", Kind.GROUP, null, "carol");
    world.send("c-1", "alice", "\"quoted\" and\nünïcode 👍");
    world.send("c-2", "carol", "apart");
    world.reply("c-1", "bob", 1, "a reply");
  }

  private String stored(String conversation) {
    return world.read(conversation, 0, 1000).stream()
        .map(e -> new String(e.envelope(), java.nio.charset.StandardCharsets.UTF_8))
        .collect(Collectors.joining(","));
  }

  @Test
  void theLogIsGivenVerbatim() {
    log();
    Answer events = api.get("bob", "/api/conversations/c-1/events");
    assertThat(events.text())
        .isEqualTo(
            "{\"items\":["
                + stored("c-1")
                + "],\"page\":{\"head\":2,\"from\":0,\"to\":2,\"before\":null,\"after\":null}}");
    assertThat(events.response().getContentType()).isEqualTo("application/json");
    assertThat(events.response().getContentLength())
        .isEqualTo(events.response().getContentAsByteArray().length);
  }

  @Test
  void itIsReadOnFromAnySequence() {
    log();
    Answer middle = api.get("bob", "/api/conversations/c-1/events?from=1&limit=1");
    assertThat(middle.items("sequence")).containsExactly(1L);
    assertThat(middle.page())
        .isEqualTo("{\"head\":2,\"from\":1,\"to\":1,\"before\":1,\"after\":1}");
    assertThat(api.get("bob", "/api/conversations/c-1/events?from=2").items("sequence"))
        .containsExactly(2L);
    assertThat(api.get("bob", "/api/conversations/c-1/events?from=99").text())
        .isEqualTo(
            "{\"items\":[],\"page\":"
                + "{\"head\":2,\"from\":3,\"to\":2,\"before\":3,\"after\":null}}");
  }

  @Test
  void eitherCursorOfAPageLeadsToThePageNextToIt() {
    log();
    String path = "/api/conversations/c-1/events?limit=1";
    assertThat(pages(path + "&after=-1", "after")).containsExactly(0L, 1L, 2L);
    assertThat(pages(path + "&before=3", "before")).containsExactly(2L, 1L, 0L);
    assertThat(api.get("bob", path + "&after=1").page())
        .isEqualTo("{\"head\":2,\"from\":2,\"to\":2,\"before\":2,\"after\":null}");
    assertThat(api.get("bob", path + "&before=2").page())
        .isEqualTo("{\"head\":2,\"from\":1,\"to\":1,\"before\":1,\"after\":1}");
    assertThat(api.get("bob", path + "&before=0").text())
        .isEqualTo(
            "{\"items\":[],\"page\":"
                + "{\"head\":2,\"from\":0,\"to\":-1,\"before\":null,\"after\":-1}}");
    assertThat(api.get("bob", path + "&before=" + Long.MAX_VALUE).items("sequence"))
        .containsExactly(2L);
    assertThat(api.get("bob", path + "&after=" + Long.MAX_VALUE).page())
        .isEqualTo("{\"head\":2,\"from\":3,\"to\":2,\"before\":3,\"after\":null}");
  }

  private List<Long> pages(String uri, String cursor) {
    List<Long> walked = new ArrayList<>();
    for (String next = uri; ; ) {
      Answer page = api.get("bob", next);
      walked.addAll(page.items("sequence"));
      var value = page.json().get("page").get(cursor);
      if (value.isNull()) {
        return walked;
      }
      next = uri.replaceFirst(cursor + "=-?[0-9]+", cursor + "=" + value);
    }
  }

  @Test
  void aPageIsBoundedInEventsAndInBytes() {
    world.start("c-1", Kind.GROUP, null, "alice");
    String body = "x".repeat(28 * 1024);
    for (int i = 0; i < 300; i++) {
      world.send("c-1", "alice", body);
    }
    assertThat(api.get("alice", "/api/conversations/c-1/events?limit=30").items("sequence"))
        .hasSize(30);
    Answer page = api.get("alice", "/api/conversations/c-1/events?limit=1000");
    assertThat(page.text().length()).isBetween(Page.MAX_BYTES, Page.MAX_BYTES + 30 * 1024);
    assertThat(world.longestEventRead()).isLessThanOrEqualTo(100);
    long to = page.json().get("page").get("to").longValue();
    assertThat(page.json().get("page").get("after").longValue()).isEqualTo(to);
    assertThat(page.items("sequence")).hasSize((int) to + 1);
    Answer before = api.get("alice", "/api/conversations/c-1/events?limit=1000&before=301");
    assertThat(before.text().length()).isBetween(Page.MAX_BYTES, Page.MAX_BYTES + 30 * 1024);
    long from = before.json().get("page").get("from").longValue();
    assertThat(before.json().get("page").get("before").longValue()).isEqualTo(from);
    assertThat(before.items("sequence")).startsWith(from).endsWith(300L).hasSize(301 - (int) from);
  }

  // The replay of all conversations

  @Test
  void theReplayGivesAllConversationsInLogOrderAndIsAudited() throws Exception {
    log();
    Answer replay = api.get("ann/analyst", "/api/events");
    assertThat(replay.response().getContentType()).isEqualTo("application/x-ndjson");
    assertThat(replay.text().lines().map(EventsTest::place))
        .containsExactly("c-1@0", "c-2@0", "c-1@1", "c-2@1", "c-1@2");
    assertThat(
            replay
                .text()
                .lines()
                .filter(l -> l.contains("\"c-1\""))
                .collect(Collectors.joining(",")))
        .isEqualTo(stored("c-1"));
    assertThat(replay.text()).endsWith("}\n");
    assertThat(api.audited)
        .containsExactly(new AuditLog.Read(TestWorld.START, "ann", "/api/events", null));
  }

  @Test
  void theReplayIsFilteredByTimeTypeAndConversation() {
    log();
    assertThat(places("?since=2026-11-24T09:00:02Z")).containsExactly("c-1@1", "c-2@1", "c-1@2");
    assertThat(places("?until=2026-11-24T09:00:02Z")).containsExactly("c-1@0", "c-2@0");
    assertThat(places("?since=2026-11-24T09:00:01Z&until=2026-11-24T09:00:03Z"))
        .containsExactly("c-2@0", "c-1@1");
    assertThat(places("?type=MessageSent,ReplySent&conversation=c-1"))
        .containsExactly("c-1@1", "c-1@2");
    assertThat(places("?type=MessageSent&type=ReplySent"))
        .containsExactly("c-1@1", "c-2@1", "c-1@2");
    assertThat(places("?since=2027-01-01T00:00:00Z")).isEmpty();
  }

  private List<String> places(String query) {
    return api.get("ann/analyst", "/api/events" + query)
        .text()
        .lines()
        .map(EventsTest::place)
        .toList();
  }

  private static String place(String line) {
    return line.replaceAll("^\\{\"conversation\":\"([^\"]*)\",\"sequence\":(\\d+),.*", "$1@$2");
  }

  @Test
  void theReplayIsForAnalystsAndNotWithoutAnAudit() {
    log();
    assertThat(api.get("sue/support", "/api/events").refusal())
        .isEqualTo("403 forbidden | [support] | role analyst");
    api.auditFails = true;
    assertThat(api.get("ann/analyst", "/api/events").refusal())
        .isEqualTo("503 unavailable | - | -");
    assertThat(api.get("ann/analyst", "/api/events").refusal())
        .as("the refused one gave its permit back")
        .isEqualTo("503 unavailable | - | -");
  }

  @Test
  void replaysAreBoundedInNumber() {
    TestApi[] self = new TestApi[1];
    Answer[] second = new Answer[1];
    Replay replay =
        new Replay() {
          @Override
          public EncodedEvent next() {
            second[0] = self[0].get("ann/analyst", "/api/events");
            return null;
          }

          @Override
          public void close() {}
        };
    self[0] = new TestApi(Duration.ZERO, (since, until) -> replay);
    assertThat(self[0].get("ann/analyst", "/api/events").status()).isEqualTo(200);
    assertThat(second[0].refusal()).isEqualTo("429 rate-limited | 2 | 1 at a time");
    assertThat(self[0].get("ann/analyst", "/api/events").status()).isEqualTo(200);
  }

  @Test
  void everyTypeCanBeAskedFor() {
    log();
    for (EventType type : EventType.values()) {
      assertThat(api.get("ann/analyst", "/api/events?type=" + type.wireName()).status())
          .isEqualTo(200);
    }
  }
}
