package io.confab.standalone.replay;

import io.confab.command.store.DurableLog;
import io.confab.command.store.LogEntry;
import io.confab.command.store.LogReader;
import io.confab.command.store.StoreOpenException;
import io.confab.events.CommandRejected;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The command {@code confab replay}. Reads the event store of a data directory, also while a server
 * runs on it, and starts no server. Lines go to a file or to standard output, all else to standard
 * error.
 */
public final class ReplayCommand {
  private static final String EVENTS = "events";

  private final OutputStream out;
  private final PrintStream err;
  private final boolean terminal;
  private final BooleanSupplier interrupted;

  /**
   * @param terminal whether {@code err} is one
   * @param interrupted asked between events; whether to stop and leave the rest to another run
   */
  ReplayCommand(OutputStream out, PrintStream err, boolean terminal, BooleanSupplier interrupted) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
    this.interrupted = interrupted;
  }

  /**
   * Runs the command in a process of its own, which may be told to stop while it does.
   *
   * @return the process's exit code: 0 where all is written, 1 where that failed, and 2 where the
   *     arguments are at fault
   */
  @SuppressWarnings("SystemOut")
  public static int main(String... arguments) {
    try (Interrupt interrupt = Interrupt.watch()) {
      return new ReplayCommand(
              new FileOutputStream(FileDescriptor.out),
              System.err,
              Boolean.getBoolean("confab.terminal"),
              interrupt::came)
          .run(arguments);
    }
  }

  int run(String... arguments) {
    try {
      if (Arrays.asList(arguments).contains("--help")) {
        new PrintStream(out, true).print(ReplayArguments.USAGE);
        return 0;
      }
      replay(ReplayArguments.of(arguments));
      return 0;
    } catch (ReplayRefused refused) {
      say(String.valueOf(refused.getMessage()));
      return refused.exitCode;
    } catch (StoreOpenException | CommandRejected | IllegalStateException failure) {
      say(String.valueOf(failure.getMessage()));
    } catch (NoSuchFileException missing) {
      say("there is no directory for " + missing.getFile());
    } catch (FileSystemException failure) {
      say(failure.getFile() + " cannot be written (" + reason(failure) + ")");
    } catch (IOException failure) {
      say("the events cannot be written: " + failure.getMessage());
    }
    return ReplayRefused.FAILED;
  }

  private static String reason(FileSystemException failure) {
    return failure.getReason() == null ? failure.getClass().getSimpleName() : failure.getReason();
  }

  private void replay(ReplayArguments arguments) throws IOException {
    Path to = arguments.to();
    if (to != null && Files.exists(to) && !Files.isRegularFile(to)) {
      throw new ReplayRefused(
          ReplayRefused.BAD_ARGUMENTS,
          "--to " + to + " is not a file; name one, or - for standard output");
    }
    try (LogReader log = LogReader.open(arguments.dataDir().resolve(EVENTS))) {
      for (String conversation : arguments.selection().conversations()) {
        if (log.head(conversation) < 0) {
          throw new ReplayRefused(
              ReplayRefused.BAD_ARGUMENTS,
              "--conversation " + conversation + " is none of those in " + arguments.dataDir());
        }
      }
      try (ReplayOutput output = output(arguments, log)) {
        replay(log, arguments.selection(), output, to);
      }
    }
  }

  private ReplayOutput output(ReplayArguments arguments, DurableLog log) throws IOException {
    Path to = arguments.to();
    if (to == null) {
      return ReplayOutput.to(out);
    }
    return ReplayFile.open(to, arguments.selection(), arguments.force(), log);
  }

  private void replay(DurableLog log, Selection selection, ReplayOutput output, @Nullable Path to)
      throws IOException {
    LogCursor cursor = LogCursor.open(log, selection);
    long first = cursor.next();
    if (output.next() > first) {
      cursor = LogCursor.openAt(log, selection, output.next());
    }
    long from = cursor.next();
    Progress progress = new Progress(err, terminal, first, from, cursor.end(), System::nanoTime);
    boolean stop = false;
    while (!cursor.atEnd() && !(stop = interrupted.getAsBoolean())) {
      for (LogEntry entry : cursor.read()) {
        output.write(entry);
      }
      output.passed(cursor.next());
      progress.at(cursor.next(), output.lines());
    }
    output.finish(cursor.next(), !stop);
    progress.end();
    say(
        String.format(
            Locale.ROOT,
            "%s%,d lines in %s, from %,d of %,d events",
            stop ? "interrupted: " : "",
            output.lines(),
            to == null ? "standard output" : to,
            cursor.next() - first,
            cursor.end() - first));
  }

  /** One line, whatever the message holds. */
  private void say(String message) {
    err.println("confab: " + message.replaceAll("\\p{Cntrl}", "?"));
    err.flush();
  }
}
