package io.confab.standalone;

/** The server cannot start; the message is one line that says why and what to do. */
final class StartRefused extends RuntimeException {
  StartRefused(String message) {
    super(message);
  }
}
