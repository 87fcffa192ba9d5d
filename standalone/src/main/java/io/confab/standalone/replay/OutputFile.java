package io.confab.standalone.replay;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A file of lines with the position beside it, as the package's documentation says. Locked while it
 * is open. For one thread.
 */
final class OutputFile implements AutoCloseable {
  /** What is written again after a kill: at most this much, or what came in this time. */
  private static final long BYTES_AT_RISK = 4 << 20;

  private static final long NANOS_AT_RISK = TimeUnit.SECONDS.toNanos(1);

  private final Path path;
  private final Path positionPath;
  private final FileChannel channel;
  private final OutputStream out;
  private long bytesAtRisk;
  private long keptAt = System.nanoTime();

  private OutputFile(Path path, FileChannel channel) {
    this.path = path;
    this.positionPath = Position.pathOf(path);
    this.channel = channel;
    this.out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
  }

  /**
   * Opens the file as it is, or makes an empty one.
   *
   * @throws ReplayRefused where another replay writes it
   */
  static OutputFile open(Path path) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean opened = false;
    try {
      lock(path, channel);
      opened = true;
      return new OutputFile(path, channel);
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

  /** The position kept beside it; null where there is none that can be read. */
  @Nullable Position position() throws IOException {
    return Position.read(positionPath);
  }

  /**
   * The position kept beside it.
   *
   * @throws ReplayRefused where there is none, or one of another selection
   */
  Position position(Selection selection) throws IOException {
    Position position = position();
    if (position == null) {
      throw refused("is there, and no replay has written it");
    }
    if (!position.selection().equals(selection.asArguments())) {
      throw refused(
          "holds another replay ("
              + (position.selection().isEmpty() ? "of all events" : position.selection())
              + ")");
    }
    return position;
  }

  /** Says that the file is not this replay's. */
  ReplayRefused refused(String why) {
    return new ReplayRefused(
        ReplayRefused.BAD_ARGUMENTS,
        "--to " + path + " " + why + "; name another file, or overwrite it with --force");
  }

  boolean isEmpty() throws IOException {
    return channel.size() == 0;
  }

  /** Whether it can be what was left at that position, to go by its length. */
  boolean hasLengthOf(Position position) throws IOException {
    return position.complete()
        ? channel.size() == position.bytes()
        : channel.size() >= position.bytes();
  }

  /** The bytes that stand there; null where the file has not so many. */
  byte @Nullable [] read(long at, int length) throws IOException {
    if (at < 0) {
      return null;
    }
    ByteBuffer found = ByteBuffer.allocate(length);
    while (found.hasRemaining()) {
      if (channel.read(found, at + found.position()) < 0) {
        return null;
      }
    }
    return found.array();
  }

  /** Cuts off what is behind so many bytes; what is written next stands there. */
  void cut(long bytes) throws IOException {
    channel.truncate(bytes);
    channel.position(bytes);
  }

  /** Writes those bytes, soon if not at once. */
  void write(byte[] line) throws IOException {
    out.write(line);
    bytesAtRisk += line.length;
  }

  /** The line of an event. */
  static byte[] line(byte[] envelope) {
    byte[] line = Arrays.copyOf(envelope, envelope.length + 1);
    line[envelope.length] = '\n';
    return line;
  }

  /** Whether it is time to keep a position. */
  boolean isDue() {
    return bytesAtRisk >= BYTES_AT_RISK || System.nanoTime() - keptAt >= NANOS_AT_RISK;
  }

  /** Keeps the position, once all that was written is on the disk. */
  void keep(Position position) throws IOException {
    out.flush();
    channel.force(false);
    position.write(positionPath);
    bytesAtRisk = 0;
    keptAt = System.nanoTime();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
