package io.confab.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.edge.presence.EmbeddedPresence;
import io.confab.edge.presence.PresenceSettings;
import io.confab.edge.presence.Status;
import io.confab.events.CommandRejected;
import io.confab.web.Caller;
import io.confab.web.Problem;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.core.MethodParameter;
import org.springframework.http.ResponseEntity;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.MvcResult;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;

class PresenceControllerTest {
  private final TestEdge.MutableClock clock = new TestEdge.MutableClock();
  private final EmbeddedPresence presence =
      new EmbeddedPresence(clock, PresenceSettings.DEFAULT, new SimpleMeterRegistry());
  private final MockMvc mvc =
      MockMvcBuilders.standaloneSetup(new PresenceController(presence, 200))
          .setCustomArgumentResolvers(new Callers())
          .setControllerAdvice(new Refusals())
          .build();

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
      return new Caller("ann", Set.of(Caller.Role.USER));
    }
  }

  @RestControllerAdvice
  static final class Refusals {
    @ExceptionHandler
    ResponseEntity<byte[]> refused(CommandRejected rejection) {
      Problem problem = Problem.of(rejection);
      return ResponseEntity.status(problem.status()).body(problem.json());
    }
  }

  private MockHttpServletResponse get(String query) throws Exception {
    MvcResult result =
        mvc.perform(MockMvcRequestBuilders.get(URI.create("/api/presence" + query))).andReturn();
    return result.getRequest().isAsyncStarted()
        ? mvc.perform(MockMvcRequestBuilders.asyncDispatch(result)).andReturn().getResponse()
        : result.getResponse();
  }

  @Test
  void answersInTheOrderAskedEachUserOnce() throws Exception {
    presence.open("bob").choose(Status.BUSY);
    MockHttpServletResponse answer = get("?users=cid,bob&users=cid");
    assertThat(answer.getStatus()).isEqualTo(200);
    assertThat(answer.getContentAsString())
        .isEqualTo(
            "{\"items\":[{\"user\":\"cid\",\"status\":\"offline\",\"since\":null},"
                + "{\"user\":\"bob\",\"status\":\"busy\",\"since\":\"2026-11-24T09:30:00Z\"}]}");
  }

  @Test
  void takes200UsersAndNotOneMore() throws Exception {
    String most = IntStream.range(0, 200).mapToObj(i -> "u" + i).collect(Collectors.joining(","));
    assertThat(get("?users=" + most).getStatus()).isEqualTo(200);
    assertThat(get("?users=" + most + ",u0").getStatus()).as("one twice").isEqualTo(200);
    MockHttpServletResponse refusal = get("?users=" + most + ",more");
    assertThat(refusal.getStatus()).isEqualTo(400);
    assertThat(refusal.getContentAsString())
        .contains("\"code\":\"invalid-value\"", "\"value\":\"201\"", "\"limit\":\"200\"");
  }

  @ParameterizedTest
  @CsvSource({"''", "?users=", "'?users=a,,b'", "?users=a%20b", "'?users=a,b%0Ac'"})
  void whatIsNoListOfIdsIsRefused(String query) throws Exception {
    MockHttpServletResponse refusal = get(query);
    assertThat(refusal.getStatus()).isEqualTo(400);
    assertThat(refusal.getContentAsString()).contains("\"code\":\"invalid-value\"");
  }
}
