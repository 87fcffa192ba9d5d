package io.confab.standalone.replay;

/** A replay cannot be done; the message is one line that says why and what is allowed. */
final class ReplayRefused extends RuntimeException {
  /** The exit code of a replay that failed. */
  static final int FAILED = 1;

  /** The exit code where the arguments are at fault. */
  static final int BAD_ARGUMENTS = 2;

  final int exitCode;

  ReplayRefused(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }
}
