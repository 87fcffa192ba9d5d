package io.confab.views;

import org.jspecify.annotations.Nullable;

/** The store could not be opened, read or written; nothing of the operation was kept. */
public final class ViewStoreException extends RuntimeException {
  public ViewStoreException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
