package io.confab.standalone.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.EventType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command, in this process, beside a store that is open for writing all the while. */
class ReplayCommandTest {
  @TempDir private Path directory;
  private Path dataDir;
  private Path file;
  private TestStore store;
  private OutputStream out = new ByteArrayOutputStream();
  private String said = "";

  @BeforeEach
  void open() {
    dataDir = directory.resolve("data");
    file = directory.resolve("events.ndjson");
    store = TestStore.in(dataDir).append(3_000, 20);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private int run(BooleanSupplier interrupted, String... arguments) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = "--data-dir=" + dataDir;
    int exit =
        new ReplayCommand(
                out, new PrintStream(err, true, StandardCharsets.UTF_8), false, interrupted)
            .run(all);
    said = err.toString(StandardCharsets.UTF_8);
    assertThat(said.lines()).hasSize(1);
    return exit;
  }

  private int toFile(String... arguments) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = "--to=" + file;
    return run(() -> false, all);
  }

  /** Stops when it was asked that often. */
  private static BooleanSupplier after(int times) {
    AtomicInteger left = new AtomicInteger(times);
    return () -> left.getAndDecrement() <= 0;
  }

  private void assertRefused(int exit, String... words) {
    assertThat(exit).isEqualTo(2);
    assertThat(said).startsWith("confab: --to " + file + " ").contains(words);
    assertThat(said).endsWith("; name another file, or overwrite it with --force\n");
  }

  @Test
  void linesAreTheStoredEnvelopesInTheLogsOrder() {
    assertThat(toFile()).isZero();
    assertThat(file).hasBinaryContent(store.lines());
    assertThat(said).isEqualTo("confab: 3,000 lines in " + file + ", from 3,000 of 3,000 events\n");
  }

  @Test
  void onlyTheSelectedEventsAreWritten() {
    Instant since = TestStore.START.plusSeconds(500);
    Instant until = TestStore.START.plusSeconds(2_500);
    assertThat(
            toFile(
                "--since=" + since,
                "--until=" + until,
                "--type=MessageDeleted",
                "--conversation=c-1",
                "--conversation=c-3"))
        .isZero();
    byte[] expected =
        store.lines(
            e ->
                !e.at().isBefore(since)
                    && e.at().isBefore(until)
                    && e.type() == EventType.MESSAGE_DELETED
                    && (e.conversation().equals("c-1") || e.conversation().equals("c-3")));
    assertThat(expected).isNotEmpty();
    assertThat(file).hasBinaryContent(expected);
  }

  @Test
  void standardOutputGetsNothingElse() {
    assertThat(run(() -> false, "--to", "-")).isZero();
    assertThat(((ByteArrayOutputStream) out).toByteArray()).isEqualTo(store.lines());
    assertThat(said).startsWith("confab: 3,000 lines in standard output");
  }

  @Test
  void whoeverStopsReadingEndsIt() {
    out =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    assertThat(run(() -> false, "--to", "-")).isEqualTo(1);
    assertThat(said).isEqualTo("confab: the events cannot be written: Broken pipe\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--since=2026-11-24", "--since=2026-11-24T09:10:00Z", "--type=MessageDeleted"})
  void anInterruptedReplayGoesOnWhereItWas(String argument) throws Exception {
    long length = 0;
    int interrupts = 0;
    while (run(after(2), argument, "--to=" + file) == 0 && said.contains("interrupted: ")) {
      assertThat(Files.size(file)).isGreaterThan(length);
      length = Files.size(file);
      interrupts++;
    }
    assertThat(interrupts).isGreaterThan(2);
    byte[] resumed = Files.readAllBytes(file);
    assertThat(toFile(argument, "--force")).isZero();
    assertThat(resumed).isNotEmpty().isEqualTo(Files.readAllBytes(file));
  }

  @Test
  void whatStandsBehindTheLastPositionIsWrittenAgain() throws Exception {
    assertThat(run(after(4), "--to=" + file)).isZero();
    Files.write(file, store.lines(), StandardOpenOption.APPEND);
    Files.writeString(file, "{\"conversation\":\"c-1\",\"sequ", StandardOpenOption.APPEND);
    assertThat(toFile()).isZero();
    assertThat(file).hasBinaryContent(store.lines());
  }

  @Test
  void theSameCommandLaterAddsWhatHasComeSince() {
    assertThat(toFile("--type=MessageSent")).isZero();
    store.append(1_000, 20);
    assertThat(toFile("--type=MessageSent")).isZero();
    assertThat(file)
        .hasBinaryContent(store.lines(envelope -> envelope.type() == EventType.MESSAGE_SENT));
    assertThat(toFile("--type=MessageSent")).isZero();
    assertThat(file)
        .hasBinaryContent(store.lines(envelope -> envelope.type() == EventType.MESSAGE_SENT));
  }

  @Test
  void aFileThatNoReplayHasWrittenIsLeftAlone() throws Exception {
    Files.writeString(file, "mine\n");
    assertRefused(toFile(), "is there, and no replay has written it");
    assertThat(file).hasContent("mine\n");
    assertThat(toFile("--force")).isZero();
    assertThat(file).hasBinaryContent(store.lines());
  }

  @Test
  void aFileWithAnotherSelectionIsLeftAlone() throws Exception {
    assertThat(toFile("--type=MessageDeleted")).isZero();
    byte[] before = Files.readAllBytes(file);
    assertRefused(toFile(), "holds another replay (--type MessageDeleted)");
    assertRefused(toFile("--type=MessageSent"), "holds another replay (--type MessageDeleted)");
    assertThat(file).hasBinaryContent(before);
    assertThat(toFile("--force")).isZero();
    assertRefused(toFile("--type=MessageSent"), "holds another replay (of all events)");
  }

  @Test
  void aFileThatWasChangedIsLeftAlone() throws Exception {
    assertThat(toFile()).isZero();
    Files.writeString(file, "mine\n", StandardOpenOption.APPEND);
    assertRefused(toFile(), "was changed, or written from another data directory");
    assertThat(toFile("--force")).isZero();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 1);
    }
    assertRefused(toFile(), "was changed, or written from another data directory");
    assertThat(toFile("--force")).isZero();
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 5] ^= 1;
    Files.write(file, bytes);
    assertRefused(toFile(), "was changed, or written from another data directory");
  }

  @Test
  void aFileOfAnotherLogIsLeftAlone() throws Exception {
    assertThat(run(after(4), "--to=" + file)).isZero();
    Path other = directory.resolve("other");
    try (TestStore another = TestStore.in(other).append(3_000, 21)) {
      dataDir = other;
      assertRefused(toFile(), "was changed, or written from another data directory");
    }
    other = directory.resolve("short");
    try (TestStore another = TestStore.in(other).append(5, 20)) {
      dataDir = other;
      assertRefused(toFile(), "was changed, or written from another data directory");
    }
  }

  @Test
  void anEmptyFileAndOneThatWasDeletedBeginAnew() throws Exception {
    Files.createFile(file);
    assertThat(toFile()).isZero();
    Files.delete(file);
    assertThat(toFile("--type=MessageSent")).isZero();
    assertThat(file)
        .hasBinaryContent(store.lines(envelope -> envelope.type() == EventType.MESSAGE_SENT));
  }

  @Test
  void aFileThatAnotherReplayWritesIsLeftAlone() throws Exception {
    int exit =
        run(
            () -> {
              String outer = said;
              assertThat(toFile("--force")).isEqualTo(1);
              assertThat(said)
                  .isEqualTo("confab: " + file + " is being written by another replay\n");
              said = outer;
              return false;
            },
            "--to=" + file);
    assertThat(exit).isZero();
    assertThat(file).hasBinaryContent(store.lines());
  }

  @Test
  void whatCannotBeReadOrWrittenIsNamed() throws Exception {
    assertThat(toFile("--conversation=c-9")).isEqualTo(2);
    assertThat(said).isEqualTo("confab: --conversation c-9 is none of those in " + dataDir + "\n");
    assertThat(file).doesNotExist();
    assertThat(run(() -> false, "--to=" + directory)).isEqualTo(2);
    assertThat(said)
        .isEqualTo(
            "confab: --to " + directory + " is not a file; name one, or - for standard output\n");
    assertThat(run(() -> false, "--to=" + directory.resolve("none/f"))).isEqualTo(1);
    assertThat(said)
        .isEqualTo("confab: there is no directory for " + directory.resolve("none/f") + "\n");
    dataDir = directory.resolve("none");
    assertThat(toFile()).isEqualTo(1);
    assertThat(said)
        .isEqualTo(
            "confab: There is no event store in "
                + dataDir.resolve("events")
                + ": name the data directory of a Confab that has run.\n");
    assertThat(toFile("--type=a\nb")).isEqualTo(2);
    assertThat(said).startsWith("confab: --type a?b is not a type: ConversationStarted, ");
  }
}
