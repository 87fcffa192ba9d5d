package io.confab.standalone.replay;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.confab.kafka.KafkaExtent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * How far a replay into a file has come.
 *
 * @param selection the arguments that say what was selected
 * @param next the index of the log to go on with
 * @param last the index of the last event in the file, or -1
 * @param bytes the length of the file up to and with that event's line
 * @param lines how many lines that is
 * @param complete whether the log's head was reached, so that the file ends there
 * @param mirrored of a replay of Kafka, where an index is a record's; null of one of a data
 *     directory
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Position(
    String selection,
    long next,
    long last,
    long bytes,
    long lines,
    boolean complete,
    @Nullable Mirrored mirrored) {
  private static final JsonMapper MAPPER = new JsonMapper();

  /**
   * What a replay of Kafka needs besides, to go on with the first record of a partition.
   *
   * @param extent what it covers
   * @param bytes the length of the file where the partition's lines begin
   * @param lines how many lines that is
   * @param lastLength of the file's last line, in bytes; 0 where there is none
   * @param lastSum the CRC-32 of those bytes
   */
  record Mirrored(KafkaExtent extent, long bytes, long lines, int lastLength, long lastSum) {}

  static Position start(String selection, long next) {
    return new Position(selection, next, -1, 0, 0, false, null);
  }

  /** The file in which the position of {@code output} is kept. */
  static Path pathOf(Path output) {
    return output.resolveSibling(output.getFileName() + ".position");
  }

  /** The position kept in that file; null where there is none that can be read. */
  static @Nullable Position read(Path path) throws IOException {
    try {
      return MAPPER.readValue(Files.readAllBytes(path), Position.class);
    } catch (NoSuchFileException | JacksonException e) {
      return null;
    }
  }

  /** Replaces what the file holds; after a crash it holds either that or this. */
  void write(Path path) throws IOException {
    Path temporary = path.resolveSibling(path.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer json = ByteBuffer.wrap(MAPPER.writeValueAsBytes(this));
      while (json.hasRemaining()) {
        channel.write(json);
      }
      channel.force(true);
    }
    Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
  }
}
