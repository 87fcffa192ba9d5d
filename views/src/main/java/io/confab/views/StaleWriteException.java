package io.confab.views;

/** Another writer was at the same documents in between; what was folded must be folded anew. */
final class StaleWriteException extends RuntimeException {
  StaleWriteException(String what) {
    super(what);
  }
}
