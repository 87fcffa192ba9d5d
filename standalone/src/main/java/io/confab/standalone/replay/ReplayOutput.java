package io.confab.standalone.replay;

import io.confab.events.EncodedEvent;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Where the lines of a replay go. For one thread. */
interface ReplayOutput extends AutoCloseable {

  /** How many lines there are. */
  long lines();

  /**
   * Notes that what is written next is found only by reading from there on.
   *
   * @param next the index of the first record of a partition
   */
  default void partition(long next) {}

  /**
   * Writes the event's envelope and a line feed, soon if not at once.
   *
   * @param index where the log has the event
   */
  void write(long index, EncodedEvent event) throws IOException;

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
      public long lines() {
        return lines;
      }

      @Override
      public void write(long index, EncodedEvent event) throws IOException {
        out.write(event.envelope());
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
