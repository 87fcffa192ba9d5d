package io.confab.projections;

import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import io.confab.views.ViewReader.View;

/** How far the projections are, and how to build one again. Safe for use by many threads. */
public interface Rebuilds {

  /**
   * Begins a rebuild, and returns at once.
   *
   * @throws CommandRejected {@code conflict} where one of that view is running already, or the log
   *     is not whole where it would be read; {@code unavailable} where the log cannot be asked
   */
  RebuildProgress start(View view);

  /**
   * Ends the rebuild of that view that is running, before it is done; the live view is as it was. A
   * later one begins anew.
   *
   * @return the status after that
   * @throws CommandRejected {@code conflict} where none is running; {@code unavailable} where the
   *     log cannot be asked, and nothing is done
   */
  ProjectionStatus cancel(View view);

  /**
   * How far that view is, and its rebuild.
   *
   * @throws CommandRejected {@code unavailable} where the log cannot be asked
   */
  ProjectionStatus status(View view);

  /** The refusal of a second rebuild while the first is running. */
  static CommandRejected running(View view) {
    return new CommandRejected(
        RejectionCode.CONFLICT,
        "A rebuild of this projection is running",
        view.wireName(),
        "one rebuild at a time");
  }

  /** The refusal to cancel what is not there. */
  static CommandRejected notRunning(View view) {
    return new CommandRejected(
        RejectionCode.CONFLICT,
        "No rebuild of this projection is running",
        view.wireName(),
        "one that is running");
  }
}
