package io.confab.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.Kind;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every refusal has a code and names the value and the limit. */
@ExtendWith(TestApi.Closing.class)
class BadInputTest {
  private static final String LONG = "9223372036854775807";

  private static TestApi api;

  @BeforeAll
  static void oneMessage() {
    api = new TestApi();
    api.world.start("c-1", Kind.GROUP, null, "alice");
    api.world.send("c-1", "alice", "one");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "/api/conversations/c-1/messages?limit=0 | invalid-value | 0 | a whole number from 1 to 1000",
        "/api/conversations/c-1/messages?limit=1001 | invalid-value | 1001 | a whole number from 1 to 1000",
        "/api/conversations/c-1/messages?limit=ten | invalid-value | ten | a whole number from 1 to 1000",
        "/api/conversations/c-1/messages?limit=1&limit=2 | invalid-value | 1,2 | at most one",
        "/api/conversations/c-1/messages?before=-1 | invalid-value | -1 | a whole number from 0 to LONG",
        "/api/conversations/c-1/messages?before= | invalid-value | `` | a whole number from 0 to LONG",
        "/api/conversations/c-1/messages?before=1.5 | invalid-value | 1.5 | a whole number from 0 to LONG",
        "/api/conversations/c-1/messages?after=-2 | invalid-value | -2 | a whole number from -1 to LONG",
        "/api/conversations/c-1/messages?after=99999999999999999999 | invalid-value | 99999999999999999999 | a whole number from -1 to LONG",
        "/api/conversations/c-1/messages?around=x%0Ay | invalid-value | `x\ny` | a whole number from 0 to LONG",
        "/api/conversations/c-1/messages?before=1&after=1 | invalid-value | before, after | at most one of before, after, around",
        "/api/conversations/c-1/messages?around=1&after=1&before=1 | invalid-value | before, after, around | at most one of before, after, around",
        "/api/conversations/c-1/messages?atLeast=soon | invalid-value | soon | a whole number from 0 to LONG",
        "/api/conversations/c-1/messages/x | invalid-value | x | a whole number from 0 to LONG",
        "/api/conversations/c-1/messages/-1 | invalid-value | -1 | a whole number from 0 to LONG",
        "/api/conversations/c-1/messages/0 | unknown-message | 0 | head 1",
        "/api/conversations/c-1/messages/7 | unknown-message | 7 | head 1",
        "/api/conversations/c-1/messages/0/replies | unknown-message | 0 | head 1",
        "/api/conversations/c-1/messages/7/reactions | unknown-message | 7 | head 1",
        "/api/conversations/c-1/messages/1/replies?limit=1001 | invalid-value | 1001 | a whole number from 1 to 1000",
        "/api/conversations/c-1/members?limit=1001 | invalid-value | 1001 | a whole number from 1 to 1000",
        "/api/conversations/c-1/members?after=%0A | invalid-value | `\n` | an id: [A-Za-z0-9._~-]{1,64}",
        "/api/conversations/c-1/events?limit=1001 | invalid-value | 1001 | a whole number from 1 to 1000",
        "/api/conversations/c-1/events?from=-1 | invalid-value | -1 | a whole number from 0 to LONG",
        "/api/conversations/c-1/events?before=-1 | invalid-value | -1 | a whole number from 0 to LONG",
        "/api/conversations/c-1/events?after=-2 | invalid-value | -2 | a whole number from -1 to LONG",
        "/api/conversations/c-1/events?from=1&after=0 | invalid-value | from, after | at most one of from, before, after",
        "/api/conversations/c-1/events?from=1&before=2 | invalid-value | from, before | at most one of from, before, after",
        "/api/conversations/c-9/events | unknown-conversation | c-9 | -",
        "/api/conversations/%00 | invalid-value | `\0` | an id: [A-Za-z0-9._~-]{1,64}",
        "/api/me/conversations?limit=-5 | invalid-value | -5 | a whole number from 1 to 1000",
        "/api/me/conversations?after=b-1 | invalid-value | b-1 | the cursor 'after' of a page of this list",
        "/api/me/conversations?after=%25 | invalid-value | % | the cursor 'after' of a page of this list",
        "/api/me/conversations?after=c29vbiBjLTE | invalid-value | c29vbiBjLTE | the cursor 'after' of a page of this list",
        "/api/users/a%20b/conversations | invalid-value | a b | an id: [A-Za-z0-9._~-]{1,64}",
        "/api/events?since=yesterday | invalid-value | yesterday | a time as in 2026-11-24T09:30:00.123Z",
        "/api/events?until=2026-11-24 | invalid-value | 2026-11-24 | a time as in 2026-11-24T09:30:00.123Z",
        "/api/events?since=2026-11-24T09:30:00Z&until=2026-11-24T09:30:00Z | invalid-value | 2026-11-24T09:30:00Z | a time after since, 2026-11-24T09:30:00Z",
        "/api/events?type=MessageSent,Nothing | invalid-value | Nothing | any of [ConversationStarted, ConversationRenamed, MembersAdded, MemberRemoved, MemberRoleChanged, MessageSent, ReplySent, MessageEdited, MessageDeleted, ReactionAdded, ReactionRemoved, MessagePinned, MessageUnpinned]",
        "/api/events?conversation=c-9 | unknown-conversation | c-9 | -",
        "/api/events?conversation=a/b | invalid-value | a/b | an id: [A-Za-z0-9._~-]{1,64}",
      })
  void isRefusedByName(String uri, String code, String value, String limit) {
    String refusal = api.get("alice/support/analyst", uri).refusal();
    assertThat(refusal.substring(4))
        .isEqualTo(code + " | " + value + " | " + limit.replace("LONG", LONG));
    assertThat(refusal).startsWith(code.startsWith("unknown") ? "404" : "400");
    assertThat(api.audited).isEmpty();
  }
}
