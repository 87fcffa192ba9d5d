package io.confab.kafka;

/** Kafka lacks an event that the log has; the message is one line that says where. */
public final class IncompleteLogException extends RuntimeException {
  IncompleteLogException(String message) {
    super(message);
  }
}
