package io.confab.kafka;

import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Work on the topics that goes on however often it fails. */
public final class KafkaLoop {
  private static final long PAUSE_MILLIS = 500;

  /** Work with one client of Kafka, until that fails or the work is to end. */
  @FunctionalInterface
  public interface Turn {
    void run() throws InterruptedException;
  }

  private KafkaLoop() {}

  /**
   * Makes sure of the topics and takes a turn, again and again with half a second between. Returns
   * once {@code closed} holds after a turn, or the thread is interrupted.
   *
   * @param failed is told what ended a turn, an Error too: a loop that ended by it would leave its
   *     partitions unread without a sign
   */
  public static void run(
      KafkaSettings settings, BooleanSupplier closed, Turn turn, Consumer<Throwable> failed) {
    while (!closed.getAsBoolean()) {
      try {
        KafkaTopics.ensure(settings);
        turn.run();
      } catch (InterruptedException stopped) {
        return;
      } catch (Throwable e) {
        if (closed.getAsBoolean()) {
          return;
        }
        failed.accept(e);
      }
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException stopped) {
        return;
      }
    }
  }
}
