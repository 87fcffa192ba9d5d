package io.confab.standalone.replay;

import io.confab.command.store.DurableLog;
import io.confab.command.store.LogEntry;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A file that a replay writes, and goes on with after it was interrupted, however that happened;
 * the package's documentation says how. Locked while it is open.
 */
final class ReplayFile implements ReplayOutput {
  /** What is written again after a kill: at most this much, or what came in this time. */
  private static final long BYTES_AT_RISK = 4 << 20;

  private static final long NANOS_AT_RISK = TimeUnit.SECONDS.toNanos(1);

  private final Path positionPath;
  private final FileChannel channel;
  private final OutputStream out;
  private Position written;
  private long last;
  private long bytes;
  private long lines;
  private long writtenAt = System.nanoTime();

  private ReplayFile(Path positionPath, FileChannel channel, Position position) {
    this.positionPath = positionPath;
    this.channel = channel;
    this.out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
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
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean opened = false;
    try {
      lock(path, channel);
      Path positionPath = Position.pathOf(path);
      Position position;
      if (force || channel.size() == 0) {
        position = Position.start(selection.asArguments(), LogCursor.open(log, selection).next());
        position.write(positionPath);
      } else {
        position = earlier(path, Position.read(positionPath), selection);
        if (!isAt(position, channel, log)) {
          throw refused(path, "was changed, or written from another data directory");
        }
      }
      channel.truncate(position.bytes());
      channel.position(position.bytes());
      opened = true;
      return new ReplayFile(positionPath, channel, position);
    } finally {
      if (!opened) {
        channel.close();
      }
    }
  }

  private static void lock(Path path, FileChannel channel) throws IOException {
    try {
      if (channel.tryLock() != null) {
        return;
      }
    } catch (OverlappingFileLockException inThisProcess) {
      // refused as from another
    }
    throw new ReplayRefused(ReplayRefused.FAILED, path + " is being written by another replay");
  }

  private static Position earlier(Path path, @Nullable Position position, Selection selection) {
    if (position == null) {
      throw refused(path, "is there, and no replay has written it");
    }
    if (!position.selection().equals(selection.asArguments())) {
      throw refused(
          path,
          "holds another replay ("
              + (position.selection().isEmpty() ? "of all events" : position.selection())
              + ")");
    }
    return position;
  }

  private static ReplayRefused refused(Path path, String why) {
    return new ReplayRefused(
        ReplayRefused.BAD_ARGUMENTS,
        "--to " + path + " " + why + "; name another file, or overwrite it with --force");
  }

  /** Whether the file's bytes up to the position end with the line of the last event in it. */
  private static boolean isAt(Position position, FileChannel file, DurableLog log)
      throws IOException {
    if (position.next() > log.durableIndex() + 1
        || position.bytes() > file.size()
        || (position.complete() && position.bytes() < file.size())) {
      return false;
    }
    if (position.last() < 0) {
      return position.bytes() == 0;
    }
    byte[] envelope = log.readLog(position.last(), 1).get(0).event().envelope();
    ByteBuffer expected = ByteBuffer.allocate(envelope.length + 1).put(envelope).put((byte) '\n');
    long start = position.bytes() - expected.capacity();
    if (start < 0) {
      return false;
    }
    ByteBuffer found = ByteBuffer.allocate(expected.capacity());
    while (found.hasRemaining() && file.read(found, start + found.position()) >= 0) {}
    return found.flip().equals(expected.flip());
  }

  @Override
  public long next() {
    return written.next();
  }

  @Override
  public long lines() {
    return lines;
  }

  @Override
  public void write(LogEntry entry) throws IOException {
    byte[] envelope = entry.event().envelope();
    out.write(envelope);
    out.write('\n');
    last = entry.index();
    bytes += envelope.length + 1;
    lines++;
  }

  @Override
  public void passed(long next) throws IOException {
    if (bytes - written.bytes() >= BYTES_AT_RISK
        || System.nanoTime() - writtenAt >= NANOS_AT_RISK) {
      keep(next, false);
    }
  }

  @Override
  public void finish(long next, boolean complete) throws IOException {
    keep(next, complete);
  }

  private void keep(long next, boolean complete) throws IOException {
    out.flush();
    channel.force(false);
    written = new Position(written.selection(), next, last, bytes, lines, complete);
    written.write(positionPath);
    writtenAt = System.nanoTime();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
