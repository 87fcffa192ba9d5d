package io.confab.standalone.canary.query;

import io.confab.standalone.canary.command.CommandThatKnowsQueries;

/** Violates on purpose: the query side knows nothing of the command side. */
public class QueryThatKnowsCommands {
  CommandThatKnowsQueries side;
}
