package io.confab.standalone.replay;

import io.confab.command.store.LogEntry;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Where the lines of a replay go. For one thread. */
interface ReplayOutput extends AutoCloseable {

  /** The index of the log to begin with; below 0: with the first that can be one selected. */
  long next();

  /** How many lines there are. */
  long lines();

  /** Writes the event's envelope and a line feed, soon if not at once. */
  void write(LogEntry entry) throws IOException;

  /** Notes that all that was to be written of the events before {@code next} was given to this. */
  void passed(long next) throws IOException;

  /**
   * Returns when all is written.
   *
   * @param complete whether nothing is missing up to the head of the log
   */
  void finish(long next, boolean complete) throws IOException;

  @Override
  void close() throws IOException;

  /** To a stream, which stays open. */
  static ReplayOutput to(OutputStream stream) {
    return new ReplayOutput() {
      private final OutputStream out = new BufferedOutputStream(stream, 1 << 16);
      private long lines;

      @Override
      public long next() {
        return -1;
      }

      @Override
      public long lines() {
        return lines;
      }

      @Override
      public void write(LogEntry entry) throws IOException {
        out.write(entry.event().envelope());
        out.write('\n');
        lines++;
      }

      @Override
      public void passed(long next) {}

      @Override
      public void finish(long next, boolean complete) throws IOException {
        out.flush();
      }

      @Override
      public void close() {}
    };
  }
}
