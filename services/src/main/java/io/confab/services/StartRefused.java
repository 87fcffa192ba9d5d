package io.confab.services;

/** The process cannot start; the message is one line that says why and what to do. */
final class StartRefused extends RuntimeException {
  StartRefused(String message) {
    super(message);
  }
}
