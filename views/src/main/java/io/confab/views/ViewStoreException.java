package io.confab.views;

import org.jspecify.annotations.Nullable;

/**
 * The store could not be opened, read or written. What it kept of a write, if anything, is
 * completed by writing again.
 */
public final class ViewStoreException extends RuntimeException {
  public ViewStoreException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
