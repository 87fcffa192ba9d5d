package io.confab.events;

/** Bytes that are not an event envelope; the message says where and why. */
public final class MalformedEventException extends RuntimeException {
  MalformedEventException(String message) {
    super(message);
  }

  MalformedEventException(String message, Throwable cause) {
    super(message, cause);
  }
}
