package io.confab.command.store;

import io.confab.command.store.RecentEvents.Entry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * The log of a directory as it was when this was opened, for reading alone: takes no lock and
 * writes nothing, so that another process may have the directory open, and write to it, all the
 * while.
 *
 * <p>Whatever was acknowledged before this was opened is there. What was written and not yet
 * acknowledged may be there too; it is then synced here before anybody sees it, so all that is read
 * is durable. Files that the writer deletes meanwhile keep their room on the disk until this is
 * closed.
 */
public final class LogReader implements DurableLog, AutoCloseable {
  private static final long BLOCK_CACHE_BYTES = 32 << 20;
  private static final int ATTEMPTS = 12;
  private static final long PAUSE_MILLIS = 20;

  /** Makes durable what a file holds. */
  interface Sync {
    void file(Path path) throws IOException;
  }

  private final EventDatabase database;
  private final long last;

  private LogReader(EventDatabase database, long last) {
    this.database = database;
    this.last = last;
  }

  /**
   * Opens the log that is in that directory.
   *
   * @throws StoreOpenException where there is none, or it cannot be read
   */
  public static LogReader open(Path directory) {
    return open(directory, LogReader::sync);
  }

  static LogReader open(Path directory, Sync sync) {
    if (!Files.exists(directory.resolve("CURRENT"))) {
      throw new StoreOpenException(
          "There is no event store in "
              + directory.toAbsolutePath()
              + ": name the data directory of a Confab that has run.",
          null);
    }
    RocksDBException failure = null;
    for (int attempt = 0; attempt < ATTEMPTS && pause(attempt); attempt++) {
      try {
        LogReader reader = attempt(directory, sync);
        if (reader != null) {
          return reader;
        }
        failure = null;
      } catch (RocksDBException e) {
        failure = e; // also where a file was deleted before it could be opened
      } catch (IOException e) {
        throw new StoreOpenException(
            "The event store in " + directory.toAbsolutePath() + " cannot be read (" + e + ").", e);
      }
    }
    throw new StoreOpenException(
        "The event store in "
            + directory.toAbsolutePath()
            + " cannot be read ("
            + (failure == null ? "its files change too fast" : failure.getMessage())
            + "): try again, or see to the disk.",
        failure);
  }

  /** Returns false where the thread was interrupted. */
  private static boolean pause(int attempt) {
    try {
      Thread.sleep(attempt * PAUSE_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Null where the writer put a write-ahead log's events into other files in between: the list of
   * those may have been read before, and the write-ahead logs after, so that events are in neither.
   */
  private static @Nullable LogReader attempt(Path directory, Sync sync)
      throws RocksDBException, IOException {
    Set<Path> before = writeAheadLogs(directory);
    EventDatabase database =
        new EventDatabase(directory, BLOCK_CACHE_BYTES, EventDatabase.ALL_FILES);
    boolean opened = false;
    try {
      database.openReadOnly();
      for (Path log : writeAheadLogs(directory)) {
        sync.file(log);
      }
      if (!writeAheadLogs(directory).containsAll(before)) {
        return null;
      }
      opened = true;
      return new LogReader(database, database.lastIndex());
    } catch (NoSuchFileException e) {
      return null;
    } finally {
      if (!opened) {
        database.close();
      }
    }
  }

  private static Set<Path> writeAheadLogs(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(".log"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(false);
    }
  }

  @Override
  public long durableIndex() {
    return last;
  }

  /** The sequence of the conversation's last event, or -1 where it does not exist. */
  public long head(String conversation) {
    return database.lastSequence(conversation, last);
  }

  @Override
  public List<LogEntry> readLog(long fromIndex, int limit) {
    long to = Math.min(last, fromIndex + limit - 1);
    return fromIndex > to
        ? List.of()
        : database.log(fromIndex, to).stream().map(Entry::logged).toList();
  }

  @Override
  public long indexAt(Instant time) {
    return database.indexAt(time, last);
  }

  @Override
  public long passNewer(long fromIndex, Instant time) {
    return database.passNewer(fromIndex, time, last);
  }

  @Override
  public void close() {
    database.close();
  }
}
