package io.confab.command.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store and the processes that open it. */
class ProcessesTest {
  @TempDir Path directory;

  @Test
  void whatAKilledProcessHadAcknowledgedIsThere() throws Exception {
    long seed = new Random().nextLong();
    System.out.println("ProcessesTest seed " + seed);
    Random random = new Random(seed);
    List<String> acknowledged = new ArrayList<>();
    for (int kill = 0; kill < 3; kill++) {
      Process process = AppendingProcess.start(directory);
      try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
        assertThat(out.readLine()).isEqualTo("open");
        for (int lines = 1 + random.nextInt(5_000); lines > 0; lines--) {
          acknowledged.add(out.readLine());
        }
        process.toHandle().destroyForcibly(); // leaves the pipe open
        acknowledged.addAll(rest(out));
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
    try (RocksDbEventStorageEngine engine = open()) {
      List<String> present = new ArrayList<>();
      for (LogEntry entry : engine.readLog(0, Integer.MAX_VALUE)) {
        assertThat(entry.index()).isEqualTo(present.size());
        present.add(Conversations.body(entry.event().envelope()));
      }
      assertThat(present).as("seed %s", seed).doesNotHaveDuplicates();
      assertThat(new HashSet<>(present)).containsAll(acknowledged);
    }
  }

  /** The whole lines that are left; the last may have been cut by the kill. */
  private static List<String> rest(BufferedReader out) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int c = out.read(); c >= 0; c = out.read()) {
      text.append((char) c);
    }
    return text.substring(0, text.lastIndexOf("\n") + 1).lines().toList();
  }

  @Test
  void aSecondProcessIsRefused() throws Exception {
    Process process = AppendingProcess.start(directory);
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(out.readLine()).isEqualTo("open");
      assertInUse();
    } finally {
      process.destroyForcibly().waitFor();
    }
    open().close();
  }

  @Test
  void aSecondStoreInTheSameProcessIsRefused() {
    try (RocksDbEventStorageEngine first = open()) {
      assertInUse();
      assertThat(first.writable()).isTrue();
    }
    open().close();
  }

  @Test
  void aDirectoryThatCannotBeMadeIsNamed() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(
            () ->
                RocksDbEventStorageEngine.open(
                    file.resolve("events"), Conversations.serializer(), StoreSettings.DEFAULT))
        .isInstanceOf(StoreOpenException.class)
        .hasMessageContaining(file.resolve("events").toString())
        .hasMessageEndingWith("make it writable, or choose another data directory.");
  }

  @Test
  void aDirectoryThatHoldsSomethingElseIsNamed() throws IOException {
    Files.writeString(directory.resolve("CURRENT"), "not a database");
    assertThatThrownBy(this::open)
        .isInstanceOf(StoreOpenException.class)
        .hasMessageStartingWith("The event store in " + directory + " cannot be opened");
  }

  private void assertInUse() {
    assertThatThrownBy(this::open)
        .isInstanceOf(StoreOpenException.class)
        .hasMessage(
            "The event store in "
                + directory
                + " is in use by another instance: stop that one, or choose another data"
                + " directory.");
  }

  private RocksDbEventStorageEngine open() {
    return RocksDbEventStorageEngine.open(
        directory, Conversations.serializer(), StoreSettings.DEFAULT);
  }
}
