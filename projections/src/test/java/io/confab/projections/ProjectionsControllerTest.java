package io.confab.projections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.delete;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import io.confab.views.RocksDbViewStore;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore;
import io.confab.web.Caller;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.MethodParameter;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;

class ProjectionsControllerTest {
  private static final Caller SUPPORT = new Caller("sue", Set.of(Caller.Role.SUPPORT));
  private static final Caller USER = new Caller("ann", Set.of(Caller.Role.USER));

  @TempDir Path directory;

  private final TestLog log = new TestLog();
  private ViewStore views;
  private ProjectionRebuilds rebuilds;
  private ProjectionsController controller;

  @BeforeEach
  void open() {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    views = RocksDbViewStore.open(directory);
    rebuilds = new ProjectionRebuilds(views, log.source(), log, ProjectionSettings.DEFAULT, meters);
    controller = new ProjectionsController(rebuilds);
  }

  @AfterEach
  void close() {
    rebuilds.close();
    views.close();
    log.close();
  }

  @Test
  void supportSeesAndRebuilds() throws Exception {
    MockMvc http =
        MockMvcBuilders.standaloneSetup(controller)
            .setCustomArgumentResolvers(new AlwaysSupport())
            .build();
    http.perform(post("/api/admin/projections/history/rebuild"))
        .andExpect(status().isAccepted())
        .andExpect(
            content()
                .json(
                    """
                    {"name":"history","state":"done","position":-1,"head":-1,"percent":100.0}
                    """));
    http.perform(get("/api/admin/projections"))
        .andExpect(status().isOk())
        .andExpect(
            content()
                .json(
                    """
                    [{"name":"history","position":-1,"head":-1,"lag":0,
                      "rebuild":{"name":"history","state":"done"}},
                     {"name":"conversations","position":-1,"head":-1,"lag":0,"rebuild":null}]
                    """));
  }

  @Test
  void supportCancels() throws Exception {
    ProjectionStatus status =
        new ProjectionStatus(
            "history", 9, 9, 0, RebuildProgress.of("history", RebuildProgress.State.STOPPED, 4, 9));
    Rebuilds running =
        new Rebuilds() {
          @Override
          public RebuildProgress start(View view) {
            throw Rebuilds.running(view);
          }

          @Override
          public ProjectionStatus cancel(View view) {
            assertThat(view).isEqualTo(View.HISTORY);
            return status;
          }

          @Override
          public ProjectionStatus status(View view) {
            return status;
          }
        };
    MockMvcBuilders.standaloneSetup(new ProjectionsController(running))
        .setCustomArgumentResolvers(new AlwaysSupport())
        .build()
        .perform(delete("/api/admin/projections/history/rebuild"))
        .andExpect(status().isOk())
        .andExpect(
            content()
                .json(
                    """
                    {"name":"history","position":9,"head":9,"lag":0,
                     "rebuild":{"name":"history","state":"stopped","position":4,"head":9,"percent":50.0}}
                    """));
    assertThatThrownBy(() -> controller.cancel(SUPPORT, "history"))
        .isInstanceOfSatisfying(
            CommandRejected.class,
            e -> {
              assertThat(e.code()).isEqualTo(RejectionCode.CONFLICT);
              assertThat(e).hasMessageContaining("No rebuild of this projection is running");
            });
  }

  @Test
  void othersAreRefused() {
    assertThatThrownBy(() -> controller.statuses(USER))
        .isInstanceOfSatisfying(
            CommandRejected.class, e -> assertThat(e.code()).isEqualTo(RejectionCode.FORBIDDEN));
    assertThatThrownBy(() -> controller.rebuild(USER, "history"))
        .isInstanceOfSatisfying(
            CommandRejected.class, e -> assertThat(e.code()).isEqualTo(RejectionCode.FORBIDDEN));
    assertThatThrownBy(() -> controller.cancel(USER, "history"))
        .isInstanceOfSatisfying(
            CommandRejected.class, e -> assertThat(e.code()).isEqualTo(RejectionCode.FORBIDDEN));
  }

  @Test
  void anUnknownNameIsAnsweredWithThoseThatExist() {
    assertThatThrownBy(() -> controller.rebuild(SUPPORT, "histories"))
        .isInstanceOfSatisfying(
            CommandRejected.class,
            e -> {
              assertThat(e.code()).isEqualTo(RejectionCode.UNKNOWN_PATH);
              assertThat(e.value()).isEqualTo("histories");
              assertThat(e.limit()).isEqualTo("one of [history, conversations]");
            });
  }

  private static final class AlwaysSupport implements HandlerMethodArgumentResolver {
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
      return SUPPORT;
    }
  }
}
