package io.confab.kafka;

import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Work on the topics that goes on however often it fails. */
public final class KafkaLoop {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaLoop.class);
  private static final long PAUSE_MILLIS = 500;
  private static final long MISMATCH_PAUSE_MILLIS = 10_000;

  /** Work with one client of Kafka, until that fails or the work is to end. */
  @FunctionalInterface
  public interface Turn {
    void run() throws InterruptedException;
  }

  private KafkaLoop() {}

  /**
   * Makes sure of the topics and takes a turn, again and again with half a second between. Topics
   * that are not as they must be are one line in the log, every 10 s. Returns once {@code closed}
   * holds after a turn, or the thread is interrupted.
   *
   * @param failed is told what ended a turn, an Error too: a loop that ended by it would leave its
   *     partitions unread without a sign
   */
  public static void run(
      KafkaSettings settings, BooleanSupplier closed, Turn turn, Consumer<Throwable> failed) {
    while (!closed.getAsBoolean()) {
      long pause = PAUSE_MILLIS;
      try {
        KafkaTopics.ensure(settings);
        turn.run();
      } catch (InterruptedException stopped) {
        return;
      } catch (TopicMismatchException e) {
        LOG.error("Nothing is read from Kafka: {}", e.getMessage());
        pause = MISMATCH_PAUSE_MILLIS;
      } catch (Throwable e) {
        if (closed.getAsBoolean()) {
          return;
        }
        failed.accept(e);
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException stopped) {
        return;
      }
    }
  }
}
