package io.confab.standalone.canary.command;

import io.confab.standalone.canary.query.QueryThatKnowsCommands;

/** Violates on purpose: the command side knows nothing of views. */
public class CommandThatKnowsQueries {
  QueryThatKnowsCommands side;
}
