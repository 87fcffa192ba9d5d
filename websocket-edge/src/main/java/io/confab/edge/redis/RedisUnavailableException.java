package io.confab.edge.redis;

/** There is no connection yet; has no stack trace, because it is expected while Redis is down. */
public final class RedisUnavailableException extends RuntimeException {
  RedisUnavailableException(String message) {
    super(message, null, false, false);
  }
}
