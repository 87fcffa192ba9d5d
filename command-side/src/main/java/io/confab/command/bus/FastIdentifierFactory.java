package io.confab.command.bus;

import java.util.concurrent.ThreadLocalRandom;
import org.axonframework.common.IdentifierFactory;

/**
 * Ids of Axon's messages, found through {@link java.util.ServiceLoader}: 16 characters, 96 random
 * bits. They name messages in logs and guard nothing, so they come from a fast random source:
 * Axon's own takes a lock on {@code SecureRandom} for each command and each event.
 */
public final class FastIdentifierFactory extends IdentifierFactory {
  private static final int LENGTH = 16;
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  /** Called by the service loader. */
  public FastIdentifierFactory() {}

  @Override
  public String generateIdentifier() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    char[] id = new char[LENGTH];
    for (int half = 0; half < LENGTH; half += LENGTH / 2) {
      long bits = random.nextLong();
      for (int i = half; i < half + LENGTH / 2; i++) {
        id[i] = ALPHABET.charAt((int) bits & 63);
        bits >>>= 6;
      }
    }
    return new String(id);
  }
}
