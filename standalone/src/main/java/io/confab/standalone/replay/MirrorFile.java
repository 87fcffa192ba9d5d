package io.confab.standalone.replay;

import io.confab.events.EncodedEvent;
import io.confab.kafka.KafkaExtent;
import io.confab.standalone.replay.Position.Mirrored;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A file that a replay of Kafka writes, and goes on with after it was interrupted, however that
 * happened. It covers the part of the log that there was at the first start, and so gets the same
 * bytes however often that was.
 *
 * <p>What is known of a partition's conversations is not kept: a partition that was half-way is
 * read again from its beginning, and the lines that stand in the file are compared and not written.
 */
final class MirrorFile implements ReplayOutput {
  private static final String CHANGED = "was changed, or is not what Kafka holds";

  private final OutputFile file;
  private final Position earlier;
  private final KafkaExtent extent;
  private long begin;
  private long beginBytes;
  private long beginLines;
  private long bytes;
  private long lines;
  private long last;
  private int lastLength;
  private long lastSum;

  private MirrorFile(OutputFile file, Position position, Mirrored mirrored) {
    this.file = file;
    this.earlier = position;
    this.extent = mirrored.extent();
    this.begin = position.next();
    this.beginBytes = mirrored.bytes();
    this.beginLines = mirrored.lines();
    this.bytes = beginBytes;
    this.lines = beginLines;
    this.last = position.last();
    this.lastLength = mirrored.lastLength();
    this.lastSum = mirrored.lastSum();
  }

  /**
   * Opens the file where an earlier replay with this selection stopped, or an empty one. One that
   * is complete is written anew where Kafka has got more since, because what has come stands
   * between what there was.
   *
   * @param force whether to begin anew, whatever the file holds
   * @param present what a replay that begins now covers
   * @throws ReplayRefused where the file holds anything else, or another replay writes it
   */
  static MirrorFile open(Path path, Selection selection, boolean force, KafkaExtent present)
      throws IOException {
    OutputFile file = OutputFile.open(path);
    boolean opened = false;
    try {
      Position position = force ? null : earlier(file, selection, present);
      Mirrored mirrored = position == null ? null : position.mirrored();
      if (position == null || mirrored == null) {
        mirrored = new Mirrored(present, 0, 0, 0, 0);
        position = new Position(selection.asArguments(), 0, -1, 0, 0, false, mirrored);
        file.keep(position);
      }
      if (mirrored.bytes() == position.bytes()) {
        file.cut(position.bytes());
      }
      opened = true;
      return new MirrorFile(file, position, mirrored);
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  /** The position to go on from; null where the file is to be written from its beginning. */
  private static @Nullable Position earlier(
      OutputFile file, Selection selection, KafkaExtent present) throws IOException {
    if (file.isEmpty() && !isOfEmptyFile(file.position(), selection, present)) {
      return null;
    }
    Position position = file.position(selection);
    Mirrored mirrored = position.mirrored();
    if (mirrored == null) {
      throw file.refused("holds a replay of a data directory");
    }
    if (!mirrored.extent().isOfTopicsOf(present)) {
      throw file.refused("was written from another Kafka, or before its topics were made anew");
    }
    if (!file.hasLengthOf(position) || !hasLastLine(file, position, mirrored)) {
      throw file.refused(CHANGED);
    }
    return position.complete() && !mirrored.extent().equals(present) ? null : position;
  }

  private static boolean isOfEmptyFile(
      @Nullable Position position, Selection selection, KafkaExtent present) {
    if (position == null || position.mirrored() == null) {
      return false;
    }
    return position.bytes() == 0
        && position.selection().equals(selection.asArguments())
        && position.mirrored().extent().isOfTopicsOf(present);
  }

  private static boolean hasLastLine(OutputFile file, Position position, Mirrored mirrored)
      throws IOException {
    byte[] line = file.read(position.bytes() - mirrored.lastLength(), mirrored.lastLength());
    return line != null && sum(line) == mirrored.lastSum();
  }

  private static long sum(byte[] line) {
    CRC32 sum = new CRC32();
    sum.update(line);
    return sum.getValue();
  }

  /** What the replay covers. */
  KafkaExtent extent() {
    return extent;
  }

  /** The index among the extent's records to begin with; that of a partition's first. */
  long next() {
    return begin;
  }

  @Override
  public long lines() {
    return Math.max(lines, earlier.lines());
  }

  @Override
  public void partition(long next) {
    if (next != begin) {
      begin = next;
      beginBytes = bytes;
      beginLines = lines;
    }
  }

  @Override
  public void write(long index, EncodedEvent event) throws IOException {
    byte[] line = OutputFile.line(event.envelope());
    if (!isNew()) {
      if (!Arrays.equals(file.read(bytes, line.length), line)) {
        throw file.refused(CHANGED);
      }
    } else {
      file.write(line);
      last = index;
      lastLength = line.length;
      lastSum = sum(line);
    }
    bytes += line.length;
    lines++;
    if (bytes == earlier.bytes()) {
      file.cut(bytes);
    }
  }

  /** Whether what comes now is not in the file yet. */
  private boolean isNew() {
    return bytes >= earlier.bytes();
  }

  @Override
  public void passed(long next) throws IOException {
    if (isNew() && file.isDue()) {
      keep(begin, beginBytes, beginLines, false);
    }
  }

  @Override
  public void finish(long next, boolean complete) throws IOException {
    if (complete) {
      if (!isNew()) {
        throw file.refused(CHANGED);
      }
      keep(next, bytes, lines, true);
    } else if (isNew()) {
      keep(begin, beginBytes, beginLines, false);
    }
  }

  private void keep(long next, long nextBytes, long nextLines, boolean complete)
      throws IOException {
    Mirrored mirrored = new Mirrored(extent, nextBytes, nextLines, lastLength, lastSum);
    file.keep(new Position(earlier.selection(), next, last, bytes, lines, complete, mirrored));
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
