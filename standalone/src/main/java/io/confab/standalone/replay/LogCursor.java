package io.confab.standalone.replay;

import io.confab.command.store.DurableLog;
import io.confab.command.store.LogEntry;
import java.time.Instant;
import java.util.List;

/**
 * A way through a log in its order, to the head that it had when this was opened, which gives the
 * selected events. For one thread.
 */
public final class LogCursor {
  private static final int CHUNK = 256;

  private final DurableLog log;
  private final Selection selection;
  private final long end;
  private long next;

  private LogCursor(DurableLog log, Selection selection, long next) {
    this.log = log;
    this.selection = selection;
    this.next = next;
    this.end = log.durableIndex() + 1;
  }

  /** At the first event that can be one of those selected. */
  public static LogCursor open(DurableLog log, Selection selection) {
    Instant since = selection.since();
    return new LogCursor(log, selection, since == null ? 0 : log.indexAt(since));
  }

  /** Where another cursor with the same selection was. */
  static LogCursor openAt(DurableLog log, Selection selection, long next) {
    return new LogCursor(log, selection, next);
  }

  /** The index of the first event that was not looked at. */
  long next() {
    return next;
  }

  /** The index behind the last event that will be looked at. */
  long end() {
    return end;
  }

  public boolean atEnd() {
    return next >= end;
  }

  /** The selected events of the next few; none says nothing about those behind. */
  public List<LogEntry> read() {
    Instant until = selection.until();
    if (until != null) {
      next = Math.min(end, log.passNewer(next, until));
    }
    List<LogEntry> entries = log.readLog(next, (int) Math.min(CHUNK, end - next));
    next += entries.size();
    return entries.stream().filter(this::isSelected).toList();
  }

  private boolean isSelected(LogEntry entry) {
    return selection.holds(Instant.ofEpochMilli(entry.timestamp()), entry.event());
  }
}
