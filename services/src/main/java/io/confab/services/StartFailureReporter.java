package io.confab.services;

import io.confab.cosmos.CosmosOpenException;
import io.confab.web.InvalidSetting;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringBootExceptionReporter;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * What an operator can mend is said in one line; anything else is left to Spring Boot's reports.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class StartFailureReporter implements SpringBootExceptionReporter {

  @Override
  public boolean reportException(Throwable failure) {
    boolean binding = false;
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      binding |= cause instanceof BindException;
      if (cause instanceof StartRefused
          || cause instanceof InvalidSetting
          || cause instanceof CosmosOpenException
          || (binding && saysWhichSetting(cause))) {
        if (!(failure instanceof StartRefused)) {
          say(cause);
        }
        return true;
      }
    }
    return false;
  }

  /** What the records of settings throw themselves. */
  private static boolean saysWhichSetting(Throwable cause) {
    return cause instanceof IllegalArgumentException
        && cause.getMessage() != null
        && cause.getMessage().startsWith("confab.");
  }

  @SuppressWarnings("SystemOut")
  static void say(Throwable refusal) {
    System.err.println("confab: " + refusal.getMessage());
  }
}
