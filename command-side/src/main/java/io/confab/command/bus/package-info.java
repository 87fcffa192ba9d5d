/**
 * Runs commands: they never wait for the disk, their acknowledgements do.
 *
 * <p>A conversation hashes to one {@linkplain io.confab.command.bus.Stripe stripe}, a thread that
 * runs its commands one after the other on the aggregate in the cache. The events of a command are
 * handed to the store and the stripe goes on with the next; the answer is given when the append is
 * durable. Until then the cached aggregate is ahead of the log. Four rules make that safe:
 *
 * <ol>
 *   <li><b>What is said rests on what is durable.</b> An answer that appends nothing (a resend, a
 *       no-op) waits for the appends whose effect it saw, and where there are other writers it is
 *       given only by a state that has all of the log, as it was when the command came or later. So
 *       does a rejection: "you are not a member" may rest on a removal that the disk refuses a
 *       moment later.
 *   <li><b>A failed append takes with it what was built on it.</b> The store's epoch goes up and
 *       every append of the old epoch fails; where the store isolates failures, as in Cosmos DB, of
 *       that conversation. The stripe then starts no further command until all that failed with it
 *       are settled, evicts the aggregates concerned, and runs the commands again that saw a taken
 *       sequence or an old epoch (those were certainly not written), in the order in which they
 *       came and before any later one, at most 3 times; then {@code conflict} or {@code
 *       unavailable}. A command whose own append the store could not write is answered {@code
 *       unavailable}.
 *   <li><b>A time-out is not a failure.</b> What became of a request to the store that had no
 *       answer is read back before anything is answered: a command may take longer than such a
 *       request and its reading back (with Cosmos DB no shorter time is taken). Only where the
 *       store does not answer that either, or where the command has waited for its turn as long, is
 *       the caller told {@code unavailable}, with the outcome unknown; the append stays queued and
 *       the aggregate cached. Sending again with the same {@code clientMessageId} is answered from
 *       the state that the first one left, so only when that is durable: the outcome is read from
 *       the store, never guessed.
 *   <li><b>Readers see what is durable</b>, and are woken by durability, not by the unit of work.
 * </ol>
 *
 * <p>State is read from the store only after everything queued for that aggregate is settled;
 * otherwise an aggregate that was evicted for its weight would come back behind its own events.
 */
@NullMarked
package io.confab.command.bus;

import org.jspecify.annotations.NullMarked;
