/**
 * What analysts take out of the log: a choice of its events, in the log's order, as lines that hold
 * the envelopes' stored bytes.
 *
 * <p>Beside a file {@code f} that {@code confab replay} writes stands {@code f.position}: JSON that
 * says what was chosen, how many bytes of {@code f} are known to be on the disk, and with which
 * index of the log to go on behind them. It is replaced as a whole, and only after those bytes are
 * synced. So a replay that ended anyhow goes on from there: what stands in {@code f} behind those
 * bytes is cut off and written again. It stays when the replay is complete: the same command later
 * adds what has come since.
 */
@NullMarked
package io.confab.standalone.replay;

import org.jspecify.annotations.NullMarked;
