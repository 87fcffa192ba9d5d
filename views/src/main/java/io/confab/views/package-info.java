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
 * <h2>What a crash leaves</h2>
 *
 * <p>A batch is one write to one family, with the position in it. RocksDB's log is shared by the
 * families and is read back up to the first record that is not whole, so what a power cut takes is
 * the newest batches, whole, and their positions with them; those are delivered again, and what a
 * view holds already it skips. No family depends on what another holds. The one order that matters
 * across families, a generation's content before the record that makes it live, is that of the
 * shared log, which the record syncs. A generation that is not named live is removed at the next
 * start.
 */
@NullMarked
package io.confab.views;

import org.jspecify.annotations.NullMarked;
