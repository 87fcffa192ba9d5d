package io.confab.views;

import java.time.Duration;

/**
 * Where views are kept.
 *
 * <p>Each {@link View} can be rebuilt by itself while it is read and written: a {@link Rebuild}
 * fills a new generation beside the live one and takes its place in one step. What readers see
 * never goes back by that.
 *
 * <p>Safe for use by many threads. After {@link #close} every method throws {@link
 * ViewStoreException}.
 */
public interface ViewStore extends ViewReader, AutoCloseable {

  /** The writer of what readers see; stays the same over rebuilds. */
  ViewWriter live(View view);

  /**
   * Waits until the live view's position is at least {@code position}. Where writers share the log
   * out there is no such position: wait for a conversation's sequence, with {@link #awaitApplied}.
   *
   * @return whether it is; false when {@code timeout} is over
   */
  boolean awaitPosition(View view, long position, Duration timeout) throws InterruptedException;

  /**
   * Begins an empty generation beside the live one. What a rebuild before had half done is removed;
   * so is, at the next start or rebuild, what this one leaves half done.
   *
   * @throws IllegalStateException where a rebuild of that view is open here; one that is open in
   *     another process ends without effect
   */
  Rebuild rebuild(View view);

  /**
   * Moves a user's marker forward, never back. Durable when it returns. Not derived from the log,
   * and not touched by a rebuild.
   *
   * @return the marker that stands: the one given, or one that was further
   */
  ReadMarker advance(String conversation, String user, ReadMarker marker);

  @Override
  void close();

  /** A generation that is being filled from the beginning of the log. */
  interface Rebuild extends ViewWriter, AutoCloseable {

    /**
     * Makes the live writer wait with its next batches, for {@code atMost} or until this generation
     * is live or closed, or {@link #letGo}: so one that is close behind reaches it even where the
     * log never rests.
     *
     * <p>Batches of this process have ended when it returns true. Those of other processes may go
     * on that had begun before; their events were in the log before.
     *
     * @return whether it waits for this one; false where it may still be waiting for another
     *     process, whose hold then stays as it is
     */
    boolean holdLive(Duration atMost);

    /** Ends the hold of this one before its time, where there is one. */
    void letGo();

    /**
     * Makes this generation the live one where its position has reached the live one's, durably and
     * in one step; else does nothing. The live writer goes on into this generation: what it brings
     * that is here already is skipped, so no event is missed and none is applied twice.
     *
     * <p>Where nobody names a position, only under a hold that none of them has outwaited; that
     * everything is here which the log held when the hold began, the caller must know.
     *
     * @return whether this generation is live
     */
    boolean switchOver();

    /** Removes what was built, where it is not live. */
    @Override
    void close();
  }
}
