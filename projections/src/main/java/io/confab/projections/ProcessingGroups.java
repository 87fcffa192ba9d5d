package io.confab.projections;

import io.confab.views.ViewReader.View;

/** The names of the processors; durable identity, so they never change. */
final class ProcessingGroups {
  static final String HISTORY = "confab.projections.history";
  static final String CONVERSATIONS = "confab.projections.conversations";

  private ProcessingGroups() {}

  static String of(View view) {
    return switch (view) {
      case HISTORY -> HISTORY;
      case CONVERSATIONS -> CONVERSATIONS;
    };
  }
}
