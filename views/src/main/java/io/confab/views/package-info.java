/**
 * What people see, derived from the log: view records, the port to where they are kept, its stores.
 *
 * <h2>How {@link io.confab.views.RocksDbViewStore} lays out its keys</h2>
 *
 * <p>Text in a key is UTF-8 and ends with 0x00, except as the last part; sequences are eight bytes,
 * big-endian. So keys sort as their parts do, and a page of anything is one seek and a scan of the
 * rows it shows, whatever its depth.
 *
 * <p>Column families:
 *
 * <table>
 * <caption>One family holds one generation of one view, whole</caption>
 * <tr><th>family</th><th>key</th><th>value</th></tr>
 * <tr><td>{@code default}</td><td>'l' view, format</td><td>number of the live generation</td></tr>
 * <tr><td>{@code markers}</td><td>'r' conversation, user</td><td>read marker</td></tr>
 * <tr><td>{@code history-N}</td><td>'p'</td><td>position in the log</td></tr>
 * <tr><td></td><td>'a' conversation</td><td>last sequence applied</td></tr>
 * <tr><td></td><td>'m' conversation, sequence</td><td>message of the main view</td></tr>
 * <tr><td></td><td>'r' conversation, root, sequence</td><td>reply</td></tr>
 * <tr><td></td><td>'i' conversation, sequence</td><td>root of that reply</td></tr>
 * <tr><td></td><td>'e' conversation, message, emoji, user</td><td>time of the reaction</td></tr>
 * <tr><td></td><td>'u' conversation, message, user, emoji</td><td>empty</td></tr>
 * <tr><td>{@code conversations-N}</td><td>'p'</td><td>position in the log</td></tr>
 * <tr><td></td><td>'c' conversation</td><td>summary, with the last sequence applied</td></tr>
 * <tr><td></td><td>'m' conversation, user</td><td>member</td></tr>
 * <tr><td></td><td>'u' user, conversation</td><td>membership</td></tr>
 * <tr><td></td><td>'s' conversation, user, sequence</td><td>how many the user sent</td></tr>
 * </table>
 *
 * <p>What a crash leaves: a batch is one write to one family, with the position in it. RocksDB's
 * log is shared by the families and is read back up to the first record that is not whole, so what
 * a power cut takes is the newest batches, whole, and their positions with them; those are
 * delivered again, and what a view holds already it skips. No family depends on what another holds.
 * The one order that matters across families, a generation's content before the record that makes
 * it live, is that of the shared log, which the record syncs. A generation that is not named live
 * is removed at the next start.
 *
 * <h2>How {@link io.confab.views.CosmosViewStore} lays out its documents</h2>
 *
 * <table>
 * <caption>Containers; of a later generation they end in {@code -2} and so on</caption>
 * <tr><th>container</th><th>partition key</th><th>id</th><th>value</th><th>keys</th></tr>
 * <tr><td>{@code history}</td><td>{@code partition}: conversation:bucket</td>
 *     <td>{@code head}, in bucket 0</td><td></td><td></td></tr>
 * <tr><td></td><td></td><td>{@code m-}sequence</td><td>{@link io.confab.views.MessageView}</td>
 *     <td>{@code main}, or {@code root} and {@code reply}</td></tr>
 * <tr><td></td><td></td><td>{@code r-}message{@code -}emoji in hex{@code -}user</td>
 *     <td>{@link io.confab.views.ReactionView}</td><td>{@code reactedTo}, {@code user}</td></tr>
 * <tr><td>{@code conversations}</td><td>{@code conversation}</td><td>{@code head}</td>
 *     <td>{@link io.confab.views.ConversationView}</td><td></td></tr>
 * <tr><td></td><td></td><td>{@code m-}user</td><td>{@link io.confab.views.MembershipView}</td>
 *     <td>{@code member}</td></tr>
 * <tr><td></td><td></td><td>{@code s-}user{@code -}sequence</td><td>how many the user sent</td>
 *     <td>{@code sender}, {@code sent}</td></tr>
 * <tr><td>{@code users}</td><td>{@code user}</td><td>conversation</td>
 *     <td>{@link io.confab.views.MembershipView}</td><td></td></tr>
 * <tr><td>{@code markers}</td><td>{@code user}</td><td>conversation</td>
 *     <td>{@link io.confab.views.ReadMarker}</td><td></td></tr>
 * <tr><td>{@code views}</td><td>{@code view}</td><td>{@code generations}</td>
 *     <td>which is live, which is being built</td><td></td></tr>
 * <tr><td></td><td></td><td>{@code position-}generation</td><td></td><td></td></tr>
 * </table>
 *
 * <p>The bucket is the sequence (of a reaction: the message's) without its last 17 bits. A document
 * has {@code value}; {@code gone}, where what it was is not any more; {@code applied}, the last
 * sequence of the conversation up to which that is the truth; and its keys, which alone are
 * indexed. A message, a member, a summary and a marker are point reads; a page is one query by key
 * inside one partition.
 *
 * <p>The {@code head} says up to where the whole conversation is applied: its watermark. Every
 * write to a partition of a conversation is a transaction that also replaces the head of that
 * partition, on the condition that nobody has since it was read. So two writers of the same
 * conversation, as when a consumer that was thought dead goes on, never mix: one of them fails,
 * reads again, and skips what the other has applied.
 *
 * <p>What a conversation's part of a batch changes is one transaction, head and all, where it is in
 * one partition, of at most 99 documents and of no memberships. Else it is written in this order:
 *
 * <ol>
 *   <li>the head, as it was: from here on what any other writer has read is refused;
 *   <li>memberships in {@code users}, each where none as new is there, in bulk;
 *   <li>messages and reactions of other buckets, where nobody has written since before the first of
 *       these steps: a writer that was refused meanwhile is late for them, too;
 *   <li>documents beside the head, 99 at a time;
 *   <li>the last of these with the head, which now has the new watermark.
 * </ol>
 *
 * <p>What is written before its watermark tells in {@code before} what it held at the last one. A
 * fold reads each document as it was at the watermark: {@code value} where {@code applied} is not
 * above that, else {@code before}. So after a crash between any two of these writes the same
 * events, cut into batches in whatever way, are folded over the same documents as the first time,
 * and all that was written is written over, or is found as new already. A fold is a function of the
 * log alone, so a document is never wrong, only ahead; readers take {@code value}, and may see a
 * document of a batch before the watermark tells of it.
 *
 * <p>A rebuild fills containers of its own. The document {@code generations} names the live ones,
 * and is switched by one conditional write. A writer reads it before each batch, a reader at least
 * once a second. What was live before is removed a minute later, or a minute after a later start of
 * a store. Processes may fill one generation together, see {@link io.confab.views.SharedRebuilds}:
 * then it is none's own, and stays until it is live, or a minute after it was given up. A hold is
 * in that document, too: a writer that has waited for as long as it asks removes it before it goes
 * on, and with that makes a switch under it fail. Until then no other process replaces it.
 */
@NullMarked
package io.confab.views;

import org.jspecify.annotations.NullMarked;
