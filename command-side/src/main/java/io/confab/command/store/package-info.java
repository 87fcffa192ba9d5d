/**
 * Where events are kept: the port that acknowledges when durable, and its stores.
 *
 * <h2>Layout of the embedded store</h2>
 *
 * One RocksDB per data directory, in format 1: these column families, of which {@code default},
 * which RocksDB wants, stays empty. Numbers are big-endian, names are UTF-8 without the character
 * 0.
 *
 * <table>
 *   <caption>Column families</caption>
 *   <tr><th>family</th><th>key</th><th>value</th></tr>
 *   <tr>
 *     <td>{@code events}</td>
 *     <td>conversation, one byte 0, sequence (8 bytes)</td>
 *     <td>record</td>
 *   </tr>
 *   <tr>
 *     <td>{@code log}</td>
 *     <td>index (8)</td>
 *     <td>highest timestamp up to this index (8), key in {@code events}</td>
 *   </tr>
 *   <tr>
 *     <td>{@code snapshots}</td>
 *     <td>conversation</td>
 *     <td>sequence (8), record with index 0</td>
 *   </tr>
 *   <tr>
 *     <td>{@code sends}</td>
 *     <td>conversation, one byte 0, sender, one byte 0, the client's id of the message</td>
 *     <td>sequence (8) in the conversation</td>
 *   </tr>
 *   <tr>
 *     <td>{@code marks}</td>
 *     <td>conversation, one byte 0, the message's sequence (8), the event's sequence (8)</td>
 *     <td>nothing</td>
 *   </tr>
 * </table>
 *
 * There is no family for tokens: a projection keeps its position beside its views, in one write
 * with them. The {@code log}'s timestamps never fall, whatever clocks do, so that the first event
 * at or after a time is found by halving.
 *
 * <p>A record is, in this order: format (1 byte, now 1), index (8), timestamp in milliseconds (8);
 * type, revision, message identifier, aggregate type, each as its length (2; 65,535 for none) and
 * its bytes; the metadata's length (4; 0 for none) and bytes as the serializer wrote them; and to
 * the end the payload as the serializer wrote it. For an event of a conversation the type is the
 * name in the table of types, and the payload is the envelope's JSON: the bytes that travel.
 *
 * <p>An event is written to {@code events} and {@code log}, one that sends a message or reply with
 * a client's id also to {@code sends}, and one that deletes, pins, unpins or reacts to a message
 * also to {@code marks}, in one batch with all others that share the sync. The record's index lets
 * a reader tell by itself whether the event is durable; a send or a mark is where its sequence is
 * no greater than that of the conversation's last durable event.
 *
 * <h2>Layout of the store in Cosmos DB</h2>
 *
 * <table>
 *   <caption>Containers</caption>
 *   <tr><th>container</th><th>partition key</th><th>id</th><th>document</th></tr>
 *   <tr>
 *     <td>{@code events}</td>
 *     <td>{@code /partition}: conversation, a colon, bucket</td>
 *     <td>first sequence, 19 digits</td>
 *     <td>a commit: one or more consecutive events of one conversation</td>
 *   </tr>
 *   <tr>
 *     <td>{@code snapshots}</td>
 *     <td>{@code /conversation}</td>
 *     <td>conversation</td>
 *     <td>{@code lastSequence} and {@code snapshot}, written as an event is; the newest only</td>
 *   </tr>
 * </table>
 *
 * A commit's bucket is its first sequence shifted right by 17, because a logical partition ends at
 * 20 GB. What is gathered into one commit has one bucket; only the events of a single command may
 * go over its end. A commit has {@code conversation}, {@code firstSequence}, {@code lastSequence},
 * {@code commitId} (random: tells the own commit from another's under the same id), {@code events},
 * and where there are any {@code sends} ({@code sender/clientMessageId}) and {@code marks}
 * (sequences of messages), with the sequences of the events concerned at the same places in {@code
 * sendsAt} and {@code marksAt}. So what was sent, and what marks a message, is found exactly as
 * long as its event is there: it is one document. Only these two and the sequences are indexed.
 * Documents are created and never changed, and so the change feed has each exactly as it was
 * written.
 *
 * <p>An event has {@code type}, {@code revision}, {@code id}, {@code at} (milliseconds), {@code
 * aggregateType}, {@code metaData}, and {@code payload}: for an event of a conversation the
 * envelope's JSON as a string, whose UTF-8 bytes are those that travel. A payload of more than 64
 * KiB is {@code packed} instead: deflated, in Base64.
 */
@NullMarked
package io.confab.command.store;

import org.jspecify.annotations.NullMarked;
