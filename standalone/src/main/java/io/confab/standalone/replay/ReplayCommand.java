package io.confab.standalone.replay;

import io.confab.command.store.LogReader;
import io.confab.command.store.StoreOpenException;
import io.confab.events.CommandRejected;
import io.confab.kafka.GroupInUseException;
import io.confab.kafka.IncompleteLogException;
import io.confab.kafka.KafkaExtent;
import io.confab.kafka.KafkaSettings;
import io.confab.kafka.TopicMismatchException;
import io.confab.kafka.UndecodableRecordException;
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
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;

/**
 * The command {@code confab replay}. Reads the event store of a data directory, also while a server
 * runs on it, or Kafka, and starts no server. Lines go to a file or to standard output, and so does
 * what became of a consumer group; all else goes to standard error.
 */
public final class ReplayCommand {
  private static final String EVENTS = "events";
  private static final String STANDARD_OUTPUT = "standard output";

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
    // What Kafka's client has to say of its own is no part of the output.
    LoggingSystem.get(ReplayCommand.class.getClassLoader())
        .setLogLevel(LoggingSystem.ROOT_LOGGER_NAME, LogLevel.OFF);
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
    if (arguments.kafka().isEmpty()) {
      replayDirectory(arguments);
    } else {
      replayKafka(arguments);
    }
  }

  private void replayDirectory(ReplayArguments arguments) throws IOException {
    try (LogReader log = LogReader.open(arguments.dataDir().resolve(EVENTS))) {
      Selection selection = arguments.selection();
      for (String conversation : selection.conversations()) {
        if (log.head(conversation) < 0) {
          throw new ReplayRefused(
              ReplayRefused.BAD_ARGUMENTS,
              "--conversation " + conversation + " is none of those in " + arguments.dataDir());
        }
      }
      Path to = arguments.to();
      if (to == null) {
        replay(LogSource.open(log, selection, 0), ReplayOutput.to(out), STANDARD_OUTPUT);
        return;
      }
      try (ReplayFile file = ReplayFile.open(to, selection, arguments.force(), log)) {
        replay(LogSource.open(log, selection, file.next()), file, to.toString());
      }
    }
  }

  private void replayKafka(ReplayArguments arguments) throws IOException {
    KafkaSettings kafka = KafkaSettings.of(arguments.kafka().toArray(String[]::new));
    String servers = String.join(",", arguments.kafka());
    try {
      if (arguments.group() != null) {
        new GroupCommand(new PrintStream(out, true), err, terminal, interrupted)
            .run(kafka, arguments.group(), arguments.selection().since());
      } else {
        replayKafka(arguments, kafka);
      }
    } catch (IncompleteLogException e) {
      throw failed("Kafka at " + servers + " has not the whole log: " + e.getMessage());
    } catch (TopicMismatchException | GroupInUseException | UndecodableRecordException e) {
      throw failed(String.valueOf(e.getMessage()));
    } catch (TimeoutException e) {
      throw failed("Kafka at " + servers + " does not answer");
    } catch (KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw failed("Kafka at " + servers + " cannot be used: " + cause.getMessage());
    }
  }

  private void replayKafka(ReplayArguments arguments, KafkaSettings kafka) throws IOException {
    Selection selection = arguments.selection();
    KafkaExtent present = KafkaExtent.now(kafka).of(selection.conversations());
    Path to = arguments.to();
    if (to == null) {
      replayKafka(kafka, present, 0, selection, ReplayOutput.to(out), STANDARD_OUTPUT);
      return;
    }
    try (MirrorFile file = MirrorFile.open(to, selection, arguments.force(), present)) {
      replayKafka(kafka, file.extent(), file.next(), selection, file, to.toString());
    }
  }

  private void replayKafka(
      KafkaSettings kafka,
      KafkaExtent extent,
      long next,
      Selection selection,
      ReplayOutput output,
      String to)
      throws IOException {
    try (KafkaSource source = KafkaSource.open(kafka, extent, next, selection)) {
      replay(source, output, to);
      // A run that went on behind the first record cannot say what the one before it has seen.
      if (source.atEnd() && next == 0 && !source.unseen().isEmpty()) {
        throw new ReplayRefused(
            ReplayRefused.BAD_ARGUMENTS,
            "--conversation %s is none of those in Kafka at %s"
                .formatted(
                    source.unseen().iterator().next(), String.join(",", kafka.bootstrapServers())));
      }
    }
  }

  private static ReplayRefused failed(String message) {
    return new ReplayRefused(ReplayRefused.FAILED, message);
  }

  private void replay(ReplaySource source, ReplayOutput output, String to) throws IOException {
    Progress progress =
        new Progress(
            err,
            terminal,
            source.unit(),
            source.first(),
            source.next(),
            source.end(),
            System::nanoTime);
    boolean stop = false;
    while (!source.atEnd() && !(stop = interrupted.getAsBoolean())) {
      source.read(output);
      progress.at(source.next(), output.lines());
    }
    output.finish(source.next(), !stop);
    progress.end();
    say(
        String.format(
            Locale.ROOT,
            "%s%,d lines in %s, from %,d of %,d %s",
            stop ? "interrupted: " : "",
            output.lines(),
            to,
            source.next() - source.first(),
            source.end() - source.first(),
            source.unit()));
  }

  /** One line, whatever the message holds. */
  private void say(String message) {
    err.println("confab: " + message.replaceAll("\\p{Cntrl}", "?"));
    err.flush();
  }
}
