package io.confab.standalone.replay;

import io.confab.command.store.DurableLog;
import io.confab.events.EncodedEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A file that a replay of a data directory writes, and goes on with after it was interrupted,
 * however that happened.
 */
final class ReplayFile implements ReplayOutput {
  private final OutputFile file;
  private Position written;
  private long last;
  private long bytes;
  private long lines;

  private ReplayFile(OutputFile file, Position position) {
    this.file = file;
    this.written = position;
    this.last = position.last();
    this.bytes = position.bytes();
    this.lines = position.lines();
  }

  /**
   * Opens the file where an earlier replay with this selection stopped, or an empty one.
   *
   * @param force whether to begin anew, whatever the file holds
   * @throws ReplayRefused where the file holds anything else, or another replay writes it
   */
  static ReplayFile open(Path path, Selection selection, boolean force, DurableLog log)
      throws IOException {
    OutputFile file = OutputFile.open(path);
    boolean opened = false;
    try {
      Position position;
      if (force || file.isEmpty()) {
        position = Position.start(selection.asArguments(), LogCursor.open(log, selection).next());
        file.keep(position);
      } else {
        position = file.position(selection);
        if (position.mirrored() != null) {
          throw file.refused("holds a replay of Kafka");
        }
        if (!isAt(position, file, log)) {
          throw file.refused("was changed, or written from another data directory");
        }
      }
      file.cut(position.bytes());
      opened = true;
      return new ReplayFile(file, position);
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  /** Whether the file's bytes up to the position end with the line of the last event in it. */
  private static boolean isAt(Position position, OutputFile file, DurableLog log)
      throws IOException {
    if (position.next() > log.durableIndex() + 1 || !file.hasLengthOf(position)) {
      return false;
    }
    if (position.last() < 0) {
      return position.bytes() == 0;
    }
    byte[] line = OutputFile.line(log.readLog(position.last(), 1).get(0).event().envelope());
    return Arrays.equals(file.read(position.bytes() - line.length, line.length), line);
  }

  /** The index of the log to begin with. */
  long next() {
    return written.next();
  }

  @Override
  public long lines() {
    return lines;
  }

  @Override
  public void write(long index, EncodedEvent event) throws IOException {
    byte[] line = OutputFile.line(event.envelope());
    file.write(line);
    last = index;
    bytes += line.length;
    lines++;
  }

  @Override
  public void passed(long next) throws IOException {
    if (file.isDue()) {
      finish(next, false);
    }
  }

  @Override
  public void finish(long next, boolean complete) throws IOException {
    written = new Position(written.selection(), next, last, bytes, lines, complete, null);
    file.keep(written);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
