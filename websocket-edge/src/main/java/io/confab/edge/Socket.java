package io.confab.edge;

import java.util.List;

/** The connection under a session, as far as sending goes. */
interface Socket {

  /**
   * Writes each element as one text message, all in one go. One write at a time.
   *
   * @param done run once, when all was written or failed; perhaps before this returns
   */
  void write(List<byte[]> messages, Runnable done);

  /** Sends the close frame, behind what was written. Does not wait. */
  void close(int code, String reason);

  /** Ends the connection at once; nothing more is sent. */
  void abort();
}
