package io.confab.edge;

import java.util.List;

/** The connection under a session, as far as sending goes. */
interface Socket {

  /**
   * Writes whole WebSocket frames, in one go. One write at a time; never waits.
   *
   * @param done where this returns false, run once when the rest was written or failed, perhaps
   *     before this returns
   * @return whether all was written, or the connection is gone
   */
  boolean write(List<byte[]> frames, Runnable done);

  /** Sends the close frame. Not while a write is under way. Does not wait. */
  void close(int code, String reason);

  /** Ends the connection at once; nothing more is sent. */
  void abort();
}
