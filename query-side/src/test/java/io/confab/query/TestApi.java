package io.confab.query;

import io.confab.events.CommandRejected;
import io.confab.web.Caller;
import io.confab.web.Problem;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.core.MethodParameter;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.request.MockHttpServletRequestBuilder;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The controllers over a {@link TestWorld}, without a server. A test class that uses it is extended
 * with {@link Closing}.
 */
final class TestApi {
  private static final Deque<TestWorld> OPEN = new ConcurrentLinkedDeque<>();

  /** Closes the worlds that the tests of a class opened. */
  static final class Closing implements AfterAllCallback {
    @Override
    public void afterAll(ExtensionContext context) {
      for (TestWorld world; (world = OPEN.poll()) != null; ) {
        world.close();
      }
    }
  }

  private static final JsonMapper MAPPER = new JsonMapper();
  private static final String CALLER = "caller";

  final TestWorld world = new TestWorld();
  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final List<AuditLog.Read> audited = new ArrayList<>();
  boolean auditFails;
  private final MockMvc mvc;

  TestApi() {
    this(Duration.ofSeconds(30));
  }

  TestApi(Duration waitAtMost) {
    this(waitAtMost, null);
  }

  /**
   * @param replay null: of the world
   */
  TestApi(Duration waitAtMost, @Nullable EventReplay replay) {
    OPEN.add(world);
    Clock clock = Clock.fixed(TestWorld.START, ZoneOffset.UTC);
    QueryConfiguration configuration = new QueryConfiguration();
    ReadPositionsConfiguration positions = new ReadPositionsConfiguration();
    QuerySettings settings = new QuerySettings(waitAtMost, 1, 1);
    ReadAudit audit = positions.readAudit(this::audit, clock);
    Freshness freshness = positions.freshness(world.views(), world, settings, meters);
    ConversationAccess access =
        positions.conversationAccess(world, world.views(), freshness, audit, meters);
    ConversationItems items = configuration.conversationItems(world.views());
    mvc =
        MockMvcBuilders.standaloneSetup(
                configuration.conversationsController(
                    access, world.views(), items, positions.readPositions(access, world.views())),
                configuration.messagesController(access, world.views()),
                configuration.inboxController(world.views(), freshness, items, audit),
                configuration.eventsController(access, world),
                configuration.replayController(
                    replay == null ? world : replay, world, audit, settings))
            .setCustomArgumentResolvers(new Callers())
            .setControllerAdvice(configuration.unreadableViews(), new Refusals())
            .build();
  }

  private void audit(AuditLog.Read read) throws IOException {
    if (auditFails) {
      throw new IOException("no space left");
    }
    audited.add(read);
  }

  /** An answer: its status and its body. */
  record Answer(int status, JsonNode json, String text, MockHttpServletResponse response) {
    /** {@code status code value limit}, for comparing refusals. */
    String refusal() {
      return status
          + " "
          + json.path("code").asString("")
          + " | "
          + json.path("value").asString("-")
          + " | "
          + json.path("limit").asString("-");
    }

    /** The numbers of that field in each item. */
    List<Long> items(String field) {
      return json.get("items").valueStream().map(item -> item.get(field).longValue()).toList();
    }

    String page() {
      return json.get("page").toString();
    }
  }

  /**
   * @param as the user, with roles behind slashes: {@code alice}, {@code sue/support}
   */
  Answer get(String as, String uri) {
    return perform(as, MockMvcRequestBuilders.get(java.net.URI.create(uri)));
  }

  Answer put(String as, String uri, String body) {
    return perform(
        as,
        MockMvcRequestBuilders.put(java.net.URI.create(uri))
            .contentType(MediaType.APPLICATION_JSON)
            .content(body));
  }

  private Answer perform(String as, MockHttpServletRequestBuilder request) {
    try {
      MockHttpServletResponse response =
          mvc.perform(request.requestAttr(CALLER, caller(as))).andReturn().getResponse();
      String text = response.getContentAsString(StandardCharsets.UTF_8);
      JsonNode json =
          String.valueOf(response.getContentType()).contains("json")
                  && !String.valueOf(response.getContentType()).contains("ndjson")
              ? MAPPER.readTree(text)
              : MAPPER.nullNode();
      return new Answer(response.getStatus(), json, text, response);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static Caller caller(String as) {
    String[] parts = as.split("/");
    Set<Caller.Role> roles =
        Arrays.stream(Caller.Role.values())
            .filter(role -> Arrays.asList(parts).indexOf(role.wireName()) > 0)
            .collect(Collectors.toSet());
    return new Caller(parts[0], roles);
  }

  private static final class Callers implements HandlerMethodArgumentResolver {
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
      return request.getAttribute(CALLER, NativeWebRequest.SCOPE_REQUEST);
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
