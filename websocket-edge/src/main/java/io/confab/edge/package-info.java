/**
 * STOMP over WebSocket: who is connected, what they subscribed to, and how an event of the log
 * reaches them.
 *
 * <p>What is promised: a subscription to a conversation delivers each event once, in sequence
 * order, with none left out, from the position where it began until it ends. What carries the
 * promise is one number per subscription and conversation, the {@link io.confab.edge.Cursor}'s last
 * delivered sequence: a live event at or below it is a duplicate and dropped, the next one is
 * delivered, and one further on reveals a hole, which is read from the log. So a feed may deliver
 * twice or skip, and nothing but the cursor has to be kept.
 *
 * <p>Where a fault leaves in doubt what a session was given, its cursors read the log, or it is
 * ended with an ERROR; none stays open and waits for what will not come.
 *
 * <p>Threads: the container's threads run what a session sends, one frame after the other; the
 * fan-out thread delivers live events; the replay threads read the log; a subscription that had to
 * wait for the feed, and what came behind it, runs on threads for that. Locks are taken in the
 * order inbox, cursor, then index or outbound buffer; no lock is held while a port is called or a
 * socket written.
 */
@NullMarked
package io.confab.edge;

import org.jspecify.annotations.NullMarked;
