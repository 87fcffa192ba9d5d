/**
 * Who is there, and who is typing. Neither is an event of the log: both are of the moment, may be
 * lost, and are right again soon after.
 *
 * <p>A session is seen as online while something is heard from it: its heart-beats, which it sends
 * every 5 s, or any frame. Silent for 10 s (two missed heart-beats) it is away, for 15 s offline. A
 * session may choose to be busy or away. Of a user's sessions the strongest counts: busy, then
 * online, then away.
 *
 * <p>In Redis (where {@code confab.redis.nodes} names some), a user belongs to one of 1,024
 * buckets, and all of a bucket is in one slot:
 *
 * <ul>
 *   <li>{@code confab:presence:{b}:user:U}, a hash: for each edge that has sessions of the user
 *       {@code edge:E} → status and the time until which that counts; {@code status} → what they
 *       amount to, and since when. Lives for 15 s, and 24 h once the user has gone
 *   <li>{@code confab:presence:{b}:edge:E}, a set: the users whom an edge has reported
 *   <li>{@code confab:presence:{b}}, a sharded channel: {@code U status since}, for each change
 *   <li>{@code confab:presence:{edges}:leases} and {@code …:claims}: until when each edge lives,
 *       and until when a dead one is another's to report
 *   <li>{@code confab:typing:{b}}, a sharded channel: {@code conversation user milliseconds}
 * </ul>
 *
 * All times in ms since 1970, by the clocks of the edges. Each operation is one Lua script, with
 * one class that calls it.
 */
@NullMarked
package io.confab.edge.presence;

import org.jspecify.annotations.NullMarked;
