package io.confab.kafka;

/** A topic is not as the settings want it; the message is one line that says which and how. */
public final class TopicMismatchException extends RuntimeException {
  TopicMismatchException(String message) {
    super(message);
  }
}
