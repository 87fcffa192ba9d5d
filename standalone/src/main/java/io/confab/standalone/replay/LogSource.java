package io.confab.standalone.replay;

import io.confab.command.store.DurableLog;
import io.confab.command.store.LogEntry;
import java.io.IOException;

/** The log of a data directory, which whoever opened it closes. */
final class LogSource implements ReplaySource {
  private final LogCursor cursor;
  private final long first;

  private LogSource(LogCursor cursor, long first) {
    this.cursor = cursor;
    this.first = first;
  }

  /** At the first event that can be one of those selected, or at {@code next} if that is behind. */
  static LogSource open(DurableLog log, Selection selection, long next) {
    LogCursor cursor = LogCursor.open(log, selection);
    long first = cursor.next();
    return new LogSource(next > first ? LogCursor.openAt(log, selection, next) : cursor, first);
  }

  @Override
  public String unit() {
    return "events";
  }

  @Override
  public long first() {
    return first;
  }

  @Override
  public long next() {
    return cursor.next();
  }

  @Override
  public long end() {
    return cursor.end();
  }

  @Override
  public boolean atEnd() {
    return cursor.atEnd();
  }

  @Override
  public void read(ReplayOutput output) throws IOException {
    for (LogEntry entry : cursor.read()) {
      output.write(entry.index(), entry.event());
    }
    output.passed(cursor.next());
  }

  @Override
  public void close() {}
}
