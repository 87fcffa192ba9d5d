package io.confab.command.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.Attachment;
import io.confab.events.CommandRejected;
import io.confab.events.CommandResult;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.AddMembers;
import io.confab.events.ConversationCommand.AddReaction;
import io.confab.events.ConversationCommand.ChangeMemberRole;
import io.confab.events.ConversationCommand.DeleteMessage;
import io.confab.events.ConversationCommand.EditMessage;
import io.confab.events.ConversationCommand.PinMessage;
import io.confab.events.ConversationCommand.RemoveMember;
import io.confab.events.ConversationCommand.RemoveReaction;
import io.confab.events.ConversationCommand.RenameConversation;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationCommand.SendReply;
import io.confab.events.ConversationCommand.StartConversation;
import io.confab.events.ConversationCommand.UnpinMessage;
import io.confab.events.Ids;
import io.confab.events.Kind;
import io.confab.events.MessageContent;
import io.confab.events.RejectionCode;
import io.confab.events.Role;
import io.confab.web.Caller;
import io.confab.web.Problem;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.MvcResult;
import org.springframework.test.web.servlet.request.MockHttpServletRequestBuilder;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;

class CommandApiTest {
  private static final Instant NOW = Instant.parse("2026-11-24T09:30:00.123456Z");
  private static final Instant STORED = Instant.parse("2026-11-24T09:30:00.123Z");
  private static final String THUMB = "%F0%9F%91%8D";

  private final List<ConversationCommand> sent = new ArrayList<>();
  private boolean created = true;
  private CompletableFuture<CommandResult> answer;
  private final MockMvc mvc = mvc();

  private MockMvc mvc() {
    Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
    return MockMvcBuilders.standaloneSetup(
            new ConversationCommandController(
                this::take, clock, new ConversationIds(clock, new Random(7))),
            new MessageCommandController(this::take, clock))
        .setCustomArgumentResolvers(new Alice())
        .setControllerAdvice(new Refusals())
        .build();
  }

  private CompletableFuture<CommandResult> take(ConversationCommand command) {
    sent.add(command);
    return answer != null
        ? answer
        : CompletableFuture.completedFuture(
            new CommandResult(command.conversation(), 17, STORED, created));
  }

  private MockHttpServletResponse call(String method, String path, String body) throws Exception {
    MockHttpServletRequestBuilder request =
        MockMvcRequestBuilders.request(HttpMethod.valueOf(method), URI.create(path));
    if (body != null) {
      request.contentType(MediaType.APPLICATION_JSON).content(body.replace('\'', '"'));
    }
    return finish(mvc.perform(request).andReturn());
  }

  private MockHttpServletResponse finish(MvcResult result) throws Exception {
    return result.getRequest().isAsyncStarted()
        ? mvc.perform(MockMvcRequestBuilders.asyncDispatch(result)).andReturn().getResponse()
        : result.getResponse();
  }

  private void assertDone(MockHttpServletResponse response, ConversationCommand command)
      throws Exception {
    assertThat(sent).containsExactly(command);
    assertThat(response.getStatus()).isEqualTo(200);
    assertThat(response.getHeader("Location")).isNull();
    assertThat(response.getContentAsString())
        .isEqualTo(
            "{\"conversation\":\"c-1\",\"sequence\":17,\"at\":\"2026-11-24T09:30:00.123Z\"}");
    sent.clear();
  }

  @Test
  void aConversationIsCreatedUnderANewId() throws Exception {
    MockHttpServletResponse response =
        call(
            "POST",
            "/api/conversations",
            "{'kind':'channel','title':'News','members':['bob','carol']}");

    String id = sent.get(0).conversation();
    assertThat(id).matches("c-[0-9A-HJKMNP-TV-Z]{26}");
    assertThat(sent)
        .containsExactly(
            new StartConversation(id, "alice", NOW, Kind.CHANNEL, "News", List.of("bob", "carol")));
    assertThat(response.getStatus()).isEqualTo(201);
    assertThat(response.getHeader("Location")).isEqualTo("/api/conversations/" + id);
    assertThat(response.getContentAsString())
        .isEqualTo("{\"conversation\":\"" + id + "\",\"sequence\":17}");
  }

  @Test
  void aDirectConversationThatExistsIsFound() throws Exception {
    created = false;
    MockHttpServletResponse response =
        call("POST", "/api/conversations", "{'kind':'direct','members':['alice','bob']}");

    assertThat(sent.get(0).conversation()).isEqualTo(Ids.direct("alice", "bob"));
    assertThat(response.getStatus()).isEqualTo(200);
    assertThat(response.getHeader("Location")).isNull();
    assertThat(response.getContentAsString())
        .isEqualTo("{\"conversation\":\"" + Ids.direct("bob", "alice") + "\",\"sequence\":17}");
  }

  @Test
  void aTitleOfADirectConversationIsIgnored() throws Exception {
    for (boolean isNew : new boolean[] {true, false}) {
      created = isNew;
      MockHttpServletResponse response =
          call(
              "POST",
              "/api/conversations",
              "{'kind':'direct','title':'" + "x".repeat(201) + "','members':['bob']}");

      assertThat(((StartConversation) sent.remove(0)).title()).isNull();
      assertThat(response.getStatus()).isEqualTo(isNew ? 201 : 200);
    }
  }

  @Test
  void aDirectConversationWithOneselfHasNoOther() throws Exception {
    call("POST", "/api/conversations", "{'kind':'direct','members':['alice']}");

    assertThat(sent.get(0).conversation()).startsWith("c-");
  }

  @Test
  void thousandsOfMembersReachTheRule() throws Exception {
    answer =
        CompletableFuture.failedFuture(
            new CommandRejected(
                RejectionCode.TOO_MANY_MEMBERS, "A channel cannot", 26_001, 25_000));
    String members =
        IntStream.range(0, 26_000).mapToObj(i -> "'u" + i + "'").collect(Collectors.joining(","));

    MockHttpServletResponse response =
        call(
            "POST",
            "/api/conversations",
            "{'kind':'channel','title':'News','members':[" + members + "]}");

    assertThat(((StartConversation) sent.get(0)).members()).hasSize(26_000);
    assertThat(response.getStatus()).isEqualTo(422);
    assertThat(response.getContentType()).isEqualTo("application/problem+json");
    assertThat(response.getContentAsString())
        .contains("\"code\":\"too-many-members\"", "\"value\":\"26001\"", "\"limit\":\"25000\"");
  }

  @Test
  void theConversationIsChanged() throws Exception {
    assertDone(
        call("PATCH", "/api/conversations/c-1", "{'title':'Old'}"),
        new RenameConversation("c-1", "alice", NOW, "Old"));
    assertDone(
        call("POST", "/api/conversations/c-1/members", "{'members':['dave']}"),
        new AddMembers("c-1", "alice", NOW, List.of("dave")));
    assertDone(
        call("DELETE", "/api/conversations/c-1/members/bob", null),
        new RemoveMember("c-1", "alice", NOW, "bob"));
    assertDone(
        call("PUT", "/api/conversations/c-1/members/bob/role", "{'role':'owner'}"),
        new ChangeMemberRole("c-1", "alice", NOW, "bob", Role.OWNER));
  }

  @Test
  void aMessageIsCreatedAtItsSequence() throws Exception {
    MockHttpServletResponse response =
        call(
            "POST",
            "/api/conversations/c-1/messages",
            "{'body':'hello','clientMessageId':'k1','mentions':['bob'],'attachments':"
                + "[{'name':'a','mediaType':'b/c','size':7,'url':'https://x/a'}]}");

    assertThat(sent)
        .containsExactly(
            new SendMessage(
                "c-1",
                "alice",
                NOW,
                new MessageContent(
                    "hello",
                    "k1",
                    List.of("bob"),
                    List.of(new Attachment("a", "b/c", 7, "https://x/a")))));
    assertThat(response.getStatus()).isEqualTo(201);
    assertThat(response.getHeader("Location")).isEqualTo("/api/conversations/c-1/messages/17");
    assertThat(response.getContentAsString())
        .isEqualTo(
            "{\"conversation\":\"c-1\",\"sequence\":17,\"at\":\"2026-11-24T09:30:00.123Z\"}");
  }

  @Test
  void aReplyIsCreatedAtItsSequence() throws Exception {
    MockHttpServletResponse response =
        call("POST", "/api/conversations/c-1/messages/12/replies", "{'body':'aside'}");

    assertThat(sent)
        .containsExactly(new SendReply("c-1", "alice", NOW, 12, MessageContent.of("aside")));
    assertThat(response.getStatus()).isEqualTo(201);
    assertThat(response.getHeader("Location")).isEqualTo("/api/conversations/c-1/messages/17");
  }

  @Test
  void aMessageSentAgainIsThere() throws Exception {
    created = false;
    assertDone(
        call("POST", "/api/conversations/c-1/messages", "{'body':'hello','clientMessageId':'k1'}"),
        new SendMessage("c-1", "alice", NOW, MessageContent.of("hello", "k1")));
  }

  @Test
  void aMessageIsChanged() throws Exception {
    assertDone(
        call("PATCH", "/api/conversations/c-1/messages/12", "{'body':'hullo'}"),
        new EditMessage("c-1", "alice", NOW, 12, "hullo"));
    assertDone(
        call("DELETE", "/api/conversations/c-1/messages/12", null),
        new DeleteMessage("c-1", "alice", NOW, 12));
    assertDone(
        call("PUT", "/api/conversations/c-1/messages/12/pin", null),
        new PinMessage("c-1", "alice", NOW, 12));
    assertDone(
        call("DELETE", "/api/conversations/c-1/messages/12/pin", null),
        new UnpinMessage("c-1", "alice", NOW, 12));
  }

  @Test
  void anEmojiIsPercentEncodedUtf8() throws Exception {
    assertDone(
        call("PUT", "/api/conversations/c-1/messages/12/reactions/" + THUMB, null),
        new AddReaction("c-1", "alice", NOW, 12, "👍"));
    assertDone(
        call("DELETE", "/api/conversations/c-1/messages/12/reactions/" + THUMB, null),
        new RemoveReaction("c-1", "alice", NOW, 12, "👍"));
    assertDone(
        call("PUT", "/api/conversations/c-1/messages/12/reactions/%23%EF%B8%8F%E2%83%A3", null),
        new AddReaction("c-1", "alice", NOW, 12, "#️⃣"));
  }

  @Test
  void answersWhenTheCommandIsDone() throws Exception {
    answer = new CompletableFuture<>();
    MvcResult open =
        mvc.perform(MockMvcRequestBuilders.delete(URI.create("/api/conversations/c-1/messages/12")))
            .andReturn();
    assertThat(open.getRequest().isAsyncStarted()).isTrue();
    assertThat(open.getResponse().isCommitted()).isFalse();

    answer.complete(new CommandResult("c-1", 17, STORED, true));

    assertThat(finish(open).getStatus()).isEqualTo(200);
  }

  @Test
  void aRejectionIsTheAnswer() throws Exception {
    answer =
        CompletableFuture.failedFuture(
            new CommandRejected(
                RejectionCode.NOT_A_MEMBER, "alice is not a member", "alice", "a member"));

    MockHttpServletResponse response = call("DELETE", "/api/conversations/c-1/messages/12", null);

    assertThat(response.getStatus()).isEqualTo(403);
    assertThat(response.getContentAsString()).contains("\"code\":\"not-a-member\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          POST   | /api/conversations                           | {'kind':'club','members':[]} | 400 | invalid-value     | club
          POST   | /api/conversations                           | {'kind':'group'}             | 400 | malformed-request |
          POST   | /api/conversations                           | {'kind':7,'members':[]}      | 400 | malformed-request | 7
          POST   | /api/conversations                           | [                            | 400 | malformed-request |
          PATCH  | /api/conversations/c-1                       | {'title':null}               | 400 | malformed-request |
          PATCH  | /api/conversations/c%0A1                     | {'title':'x'}                | 400 | invalid-value     |
          DELETE | /api/conversations/c-1/members/b%20b         |                              | 400 | invalid-value     | b b
          PUT    | /api/conversations/c-1/members/bob/role      | {'role':'king'}              | 400 | invalid-value     | king
          POST   | /api/conversations/c-1/members               | {'members':['a',7]}          | 400 | malformed-request | 7
          POST   | /api/conversations/c-1/messages              | {'body':['x']}               | 400 | malformed-request | ["x"]
          POST   | /api/conversations/c-1/messages              | {}                           | 400 | malformed-request |
          POST   | /api/conversations/c-1/messages/x/replies    | {'body':'x'}                 | 400 | invalid-value     | x
          PATCH  | /api/conversations/c-1/messages/-1           | {'body':'x'}                 | 400 | invalid-value     | -1
          DELETE | /api/conversations/c-1/messages/1.0          |                              | 400 | invalid-value     | 1.0
          PUT    | /api/conversations/c-1/messages/99999999999999999999/pin |                  | 400 | invalid-value     | 99999999999999999999
          """)
  void badInputIsNamed(
      String method, String path, String body, int status, String code, String value)
      throws Exception {
    MockHttpServletResponse response = call(method, path, body);

    assertThat(response.getStatus()).isEqualTo(status);
    assertThat(response.getContentAsString(StandardCharsets.UTF_8))
        .contains("\"code\":\"" + code + "\"");
    if (value != null) {
      assertThat(response.getContentAsString(StandardCharsets.UTF_8))
          .contains("\"value\":\"" + value.replace("\"", "\\\"") + "\"");
    }
    assertThat(sent).isEmpty();
  }

  private static final class Alice implements HandlerMethodArgumentResolver {
    @Override
    public boolean supportsParameter(MethodParameter parameter) {
      return parameter.getParameterType() == Caller.class;
    }

    @Override
    public Object resolveArgument(
        MethodParameter parameter,
        ModelAndViewContainer container,
        NativeWebRequest request,
        WebDataBinderFactory binders) {
      return new Caller("alice", Set.of(Caller.Role.USER));
    }
  }

  @RestControllerAdvice
  static final class Refusals {
    @ExceptionHandler
    ResponseEntity<byte[]> refused(CommandRejected rejection) {
      Problem problem = Problem.of(rejection);
      return ResponseEntity.status(problem.status())
          .contentType(MediaType.parseMediaType(Problem.MEDIA_TYPE))
          .body(problem.json());
    }
  }
}
