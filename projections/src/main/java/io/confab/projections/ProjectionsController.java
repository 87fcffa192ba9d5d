package io.confab.projections;

import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import io.confab.views.ViewReader.View;
import io.confab.web.Caller;
import java.util.Arrays;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** How far the projections are, and how to build one again. Role {@code support}. */
@RestController
@RequestMapping("/api/admin/projections")
public final class ProjectionsController {
  private final Rebuilds rebuilds;

  public ProjectionsController(Rebuilds rebuilds) {
    this.rebuilds = rebuilds;
  }

  @GetMapping
  List<ProjectionStatus> statuses(Caller caller) {
    caller.require(Caller.Role.SUPPORT);
    return Arrays.stream(View.values()).map(rebuilds::status).toList();
  }

  /** Answers at once; refused where one is running already. */
  @PostMapping("/{name}/rebuild")
  @ResponseStatus(HttpStatus.ACCEPTED)
  RebuildProgress rebuild(Caller caller, @PathVariable String name) {
    caller.require(Caller.Role.SUPPORT);
    return rebuilds.start(view(name));
  }

  /** What is live stays; refused where none is running. */
  @DeleteMapping("/{name}/rebuild")
  ProjectionStatus cancel(Caller caller, @PathVariable String name) {
    caller.require(Caller.Role.SUPPORT);
    return rebuilds.cancel(view(name));
  }

  private static View view(String name) {
    for (View view : View.values()) {
      if (view.wireName().equals(name)) {
        return view;
      }
    }
    throw new CommandRejected(
        RejectionCode.UNKNOWN_PATH,
        "There is no such projection",
        name,
        "one of " + Arrays.stream(View.values()).map(View::wireName).toList());
  }
}
