package io.confab.services;

import io.confab.cosmos.CosmosOpenException;
import io.confab.web.InvalidSetting;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringBootExceptionReporter;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * What an operator can mend is said in one line; anything else is left to Spring Boot's reports.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class StartFailureReporter implements SpringBootExceptionReporter {

  @Override
  public boolean reportException(Throwable failure) {
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof StartRefused
          || cause instanceof InvalidSetting
          || cause instanceof CosmosOpenException) {
        if (!(failure instanceof StartRefused)) {
          say(cause);
        }
        return true;
      }
    }
    return false;
  }

  @SuppressWarnings("SystemOut")
  static void say(Throwable refusal) {
    System.err.println("confab: " + refusal.getMessage());
  }
}
