package io.confab.standalone.replay;

import java.io.IOException;

/**
 * A log on its way into a replay's output, from where that begins to the end that the log had when
 * it was opened. Counts in indices, from 0. For one thread.
 */
interface ReplaySource extends AutoCloseable {

  /** What an index counts, in the plural. */
  String unit();

  /** The index with which the whole replay begins, this run or an earlier one. */
  long first();

  /** The index of the first that was not looked at. */
  long next();

  /** The index behind the last that will be looked at. */
  long end();

  /** Whether all is looked at. */
  boolean atEnd();

  /** Looks at the next few, and gives those selected to that output. */
  void read(ReplayOutput output) throws IOException;

  @Override
  void close();
}
