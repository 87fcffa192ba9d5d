package io.confab.standalone;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The directory that holds all of one instance's data, held by a lock until {@link #close()} or the
 * end of the process: two instances on one log would each acknowledge what the other overwrites.
 */
final class DataDirectory implements AutoCloseable {
  private final Path path;
  private final FileChannel lock;

  private DataDirectory(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * Makes the directory where it is missing, and locks it.
   *
   * @throws StartRefused where it cannot be written, or another instance holds it
   */
  @SuppressWarnings("StreamResourceLeak") // kept until close
  static DataDirectory open(Path path) {
    Path directory = path.toAbsolutePath().normalize();
    FileChannel channel;
    try {
      Files.createDirectories(directory);
      channel =
          FileChannel.open(
              directory.resolve("confab.lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new StartRefused(
          "The data directory "
              + directory
              + " cannot be written ("
              + e.getClass().getSimpleName()
              + "); make it writable, or name another with --data-dir");
    }
    try {
      if (channel.tryLock() != null) {
        return new DataDirectory(directory, channel);
      }
      channel.close();
    } catch (IOException e) {
      throw new StartRefused(
          "The data directory " + directory + " cannot be locked: " + e.getMessage());
    }
    throw new StartRefused(
        "The data directory "
            + directory
            + " is in use by another Confab; stop that one, or name another with --data-dir");
  }

  Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
