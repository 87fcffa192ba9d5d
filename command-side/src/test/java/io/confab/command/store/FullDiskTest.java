package io.confab.command.store;

import static io.confab.command.store.Conversations.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a small file system of its own, which takes root on Linux. */
class FullDiskTest {
  @TempDir Path mount;

  @BeforeEach
  void mount() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "mounting takes root");
    command("mount", "-t", "tmpfs", "-o", "size=12m", "confab-test", mount.toString());
  }

  @AfterEach
  void unmount() throws Exception {
    if ("root".equals(System.getProperty("user.name"))) {
      command("umount", mount.toString());
    }
  }

  @Test
  void isANamedRefusalAndGoesOnWhenThereIsRoom() throws Exception {
    Path directory = mount.resolve("events");
    String body = "x".repeat(100_000);
    long acknowledged = 0;
    try (RocksDbEventStorageEngine engine = open(directory)) {
      CommandRejected refusal = null;
      while (refusal == null) {
        assertThat(acknowledged).isLessThan(1_000);
        try {
          engine.appendEvents(List.of(message("a", acknowledged, body)));
          acknowledged++;
        } catch (CommandRejected e) {
          refusal = e;
        }
      }
      assertThat(refusal.code()).isEqualTo(RejectionCode.UNAVAILABLE);
      assertThat(refusal).hasMessageContaining("No space left on device");
      assertThat(acknowledged).isPositive();
      assertThat(engine.head("a")).isEqualTo(acknowledged - 1);
      assertThat(engine.read("a", acknowledged - 1, 10)).hasSize(1);
      long next = acknowledged;
      assertThatThrownBy(() -> engine.appendEvents(List.of(message("a", next, body))))
          .isInstanceOf(CommandRejected.class);

      command("mount", "-o", "remount,size=64m", mount.toString());
      await().atMost(Duration.ofSeconds(30)).until(engine::writable);
      engine.appendEvents(List.of(message("a", acknowledged++, "room again")));
    }
    try (RocksDbEventStorageEngine engine = open(directory)) {
      assertThat(engine.head("a")).isEqualTo(acknowledged - 1);
      assertThat(engine.durableIndex()).isEqualTo(acknowledged - 1);
      assertThat(Conversations.body(engine.read("a", acknowledged - 1, 1).get(0).envelope()))
          .isEqualTo("room again");
    }
  }

  @Test
  void aFileSystemThatIsReadOnlyIsNamedAtTheStart() throws Exception {
    Path directory = mount.resolve("events");
    open(directory).close();
    command("mount", "-o", "remount,ro", mount.toString());
    assertThatThrownBy(() -> open(directory))
        .isInstanceOf(StoreOpenException.class)
        .hasMessageStartingWith("The event store's directory " + directory)
        .hasMessageEndingWith("make it writable, or choose another data directory.");
  }

  private static RocksDbEventStorageEngine open(Path directory) {
    return RocksDbEventStorageEngine.open(
        directory, Conversations.serializer(), StoreSettings.DEFAULT);
  }

  private static void command(String... words) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(words).inheritIO().start();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as("%s", List.of(words)).isZero();
  }
}
