/**
 * Who is there, and who is typing. Neither is an event of the log: both are of the moment, may be
 * lost, and are right again soon after.
 *
 * <p>A session is seen as online while something is heard from it: its heart-beats, which it sends
 * every 5 s, or any frame. Silent for 10 s (two missed heart-beats) it is away, for 15 s offline. A
 * session may choose to be busy or away. Of a user's sessions the strongest counts: busy, then
 * online, then away.
 */
@NullMarked
package io.confab.edge.presence;

import org.jspecify.annotations.NullMarked;
