package io.confab.command.bus;

import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.axonframework.common.IdentifierFactory;

/**
 * Ids of Axon's messages, found through {@link java.util.ServiceLoader}. They name messages in logs
 * and guard nothing, so they come from a fast random source: Axon's own takes a lock on {@code
 * SecureRandom} for each command and each event.
 */
public final class FastIdentifierFactory extends IdentifierFactory {

  /** Called by the service loader. */
  public FastIdentifierFactory() {}

  @Override
  public String generateIdentifier() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return new UUID(random.nextLong(), random.nextLong()).toString();
  }
}
