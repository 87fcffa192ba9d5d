package io.confab.command.store;

import static io.confab.command.store.Conversations.messages;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.concurrent.Semaphore;

/**
 * A process that appends until it is killed, and prints a line for each event that was acknowledged
 * and only then. Its first line is "open".
 */
final class AppendingProcess {
  private static final int CONVERSATIONS = 20;
  private static final int AT_ONCE = 64;

  private AppendingProcess() {}

  public static void main(String[] arguments) throws InterruptedException {
    RocksDbEventStorageEngine engine =
        RocksDbEventStorageEngine.open(
            Paths.get(arguments[0]), Conversations.serializer(), StoreSettings.DEFAULT);
    PrintStream out = System.out;
    out.println("open");
    Semaphore free = new Semaphore(AT_ONCE);
    long[] next = new long[CONVERSATIONS];
    for (int i = 0; i < CONVERSATIONS; i++) {
      next[i] = engine.head("c" + i) + 1;
    }
    for (int i = 0; ; i = (i + 1) % CONVERSATIONS) {
      String conversation = "c" + i;
      long sequence = next[i]++;
      free.acquire();
      engine
          .enqueue(messages(conversation, sequence, 1), engine.epoch())
          .thenRun(
              () -> {
                out.println(StoredEvent.place(conversation, sequence));
                free.release();
              });
    }
  }

  static Process start(Path directory) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            AppendingProcess.class.getName(),
            directory.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
