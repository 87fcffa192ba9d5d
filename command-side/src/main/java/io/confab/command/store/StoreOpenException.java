package io.confab.command.store;

import org.jspecify.annotations.Nullable;

/** An event store that could not be opened. The message is one sentence for the operator. */
public final class StoreOpenException extends RuntimeException {
  StoreOpenException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
