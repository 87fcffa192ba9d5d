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
 *
 * <p>Kafka's log is read partition by partition, so what has come since stands between what there
 * was. The position therefore holds also where the partitions ended when the replay began; it ends
 * there however often it is interrupted. Where it is complete and Kafka has got more, the same
 * command begins anew. To tell a repetition from an event a partition must be read from its
 * beginning: the index is that of the first record of the partition which was being read, and the
 * lines that {@code f} has of it are compared with what comes, and not written again.
 */
@NullMarked
package io.confab.standalone.replay;

import org.jspecify.annotations.NullMarked;
