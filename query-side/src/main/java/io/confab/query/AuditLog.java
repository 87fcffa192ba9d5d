package io.confab.query;

import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Who read what by a role's right, and not by membership. Safe for use by many threads. */
public interface AuditLog {

  /**
   * Writes one read down. When this returns, the entry is on the disk.
   *
   * @throws IOException where it could not be written; the read must then be refused
   */
  void record(Read read) throws IOException;

  /**
   * @param by the user who reads
   * @param path of the request, with its query
   * @param conversation null where the read is not of one conversation
   */
  record Read(Instant at, String by, String path, @Nullable String conversation) {}
}
