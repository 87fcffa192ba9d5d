package io.confab.command.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The right of one process to write to a directory; goes with the process, however that ends. */
final class DirectoryLock implements AutoCloseable {
  private static final String FILE = "in-use";

  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Creates the directory where it is missing, and takes the lock.
   *
   * @throws StoreOpenException where the directory cannot be written to, or is in use
   */
  static DirectoryLock take(Path directory) {
    FileChannel channel;
    try {
      Files.createDirectories(directory);
      channel =
          FileChannel.open(
              directory.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw unwritable(directory, e);
    }
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      throw inUse(directory);
    } catch (IOException e) {
      throw unwritable(directory, e);
    } finally {
      if (lock == null) {
        closeQuietly(channel);
      }
    }
    if (lock == null) {
      throw inUse(directory);
    }
    return new DirectoryLock(channel);
  }

  @Override
  public void close() {
    closeQuietly(channel);
  }

  private static StoreOpenException inUse(Path directory) {
    return new StoreOpenException(
        "The event store in "
            + directory.toAbsolutePath()
            + " is in use by another instance: stop that one, or choose another data directory.",
        null);
  }

  private static StoreOpenException unwritable(Path directory, IOException cause) {
    return new StoreOpenException(
        "The event store's directory "
            + directory.toAbsolutePath()
            + " cannot be written to ("
            + cause
            + "): make it writable, or choose another data directory.",
        cause);
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new IllegalStateException("the lock file did not close", e);
    }
  }
}
