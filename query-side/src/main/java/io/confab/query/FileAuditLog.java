package io.confab.query;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.confab.events.EventJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * An audit log in a file of JSON lines that only grows. The file is opened for each entry, so it
 * may be moved away at any time; the next entry starts a new one. One process writes to it.
 */
final class FileAuditLog implements AuditLog {
  private static final JsonMapper MAPPER = new JsonMapper();

  private final Path file;

  /** Touches no file yet. */
  FileAuditLog(Path file) {
    this.file = file.toAbsolutePath();
  }

  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Line(String at, String by, String path, @Nullable String conversation) {}

  @Override
  public synchronized void record(Read read) throws IOException {
    byte[] json =
        MAPPER.writeValueAsBytes(
            new Line(EventJson.format(read.at()), read.by(), read.path(), read.conversation()));
    Files.createDirectories(file.getParent());
    try (FileChannel channel = FileChannel.open(file, CREATE, READ, WRITE)) {
      long end = endOfLastLine(channel);
      ByteBuffer line = ByteBuffer.allocate(json.length + 1).put(json).put((byte) '\n').flip();
      while (line.hasRemaining()) {
        channel.write(line, end + line.position());
      }
      channel.force(false);
    }
  }

  /** Where a line can start: behind the last newline, over what a crash or a full disk tore off. */
  private static long endOfLastLine(FileChannel channel) throws IOException {
    long end = channel.size();
    ByteBuffer last = ByteBuffer.allocate(1);
    while (end > 0) {
      channel.read(last.clear(), end - 1);
      if (last.get(0) == '\n') {
        break;
      }
      end--;
    }
    channel.truncate(end);
    return end;
  }
}
