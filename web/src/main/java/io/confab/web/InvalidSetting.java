package io.confab.web;

/**
 * A setting with which the server must not start; the message is one line with the setting's name
 * and value.
 */
public final class InvalidSetting extends RuntimeException {
  public InvalidSetting(String message) {
    super(message);
  }
}
