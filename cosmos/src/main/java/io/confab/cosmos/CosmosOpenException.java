package io.confab.cosmos;

/** Cosmos DB cannot be used as it is configured. The message is one line for whoever runs it. */
public final class CosmosOpenException extends RuntimeException {
  CosmosOpenException(String message) {
    super(message);
  }

  CosmosOpenException(String message, Throwable cause) {
    super(message, cause);
  }
}
