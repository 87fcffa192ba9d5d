package io.confab.command.api;

import io.confab.events.Ids;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.random.RandomGenerator;

/**
 * Ids of new groups and channels: {@code c-} and a ULID, so that they sort by the time of their
 * making, to the millisecond. Safe for use by many threads where the random source is.
 */
public final class ConversationIds {
  private static final int TIME_CHARACTERS = 10;
  private static final int RANDOM_BYTES = 10;
  private static final int RANDOM_CHARACTERS = 16;

  private final Clock clock;
  private final RandomGenerator random;

  /**
   * @param random one that cannot be guessed, such as {@link java.security.SecureRandom}
   */
  public ConversationIds(Clock clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  /** An id that was not given before: it holds 80 random bits. */
  public String next() {
    // 48 bits of milliseconds behind two zero bits are ten characters of five bits
    byte[] time = ByteBuffer.allocate(Long.BYTES).putLong(clock.millis() << 14).array();
    byte[] noise = new byte[RANDOM_BYTES];
    random.nextBytes(noise);
    return "c-" + Ids.base32(time, TIME_CHARACTERS) + Ids.base32(noise, RANDOM_CHARACTERS);
  }
}
