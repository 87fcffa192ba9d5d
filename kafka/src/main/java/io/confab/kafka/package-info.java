/**
 * The log of all conversations in Kafka: topics, records, and the mirror that writes them.
 *
 * <h2>Layout</h2>
 *
 * Two topics, {@code confab.channels} and {@code confab.chats} (direct and group), each with the
 * same number of partitions. A conversation is in one partition, for ever:
 *
 * <table>
 *   <caption>A record</caption>
 *   <tr><th>part</th><th>holds</th></tr>
 *   <tr><td>key</td><td>the conversation, UTF-8; the partition is Kafka's own hash of it</td></tr>
 *   <tr><td>value</td><td>the envelope's bytes as they are stored</td></tr>
 *   <tr><td>header {@code type}</td><td>the event's name in the table of types</td></tr>
 *   <tr><td>header {@code sequence}</td><td>the place in the conversation, in decimal digits</td></tr>
 *   <tr><td>header {@code kind}</td><td>{@code direct}, {@code group} or {@code channel}</td></tr>
 *   <tr><td>timestamp</td><td>when it was mirrored</td></tr>
 * </table>
 *
 * Every durable event is there at least once, and in its conversation no event is there before the
 * one that precedes it: a reader that skips what it has seen sees each once, in order, without a
 * hole. Kafka's acknowledgement is no sync to the disk: the event store stays the truth.
 *
 * <p>The position of a local store's mirror is the committed offset of the group {@code
 * confab.mirror} in partition 0 of {@code confab.channels}: the number of events mirrored, with
 * {@code conversation@sequence} of the last one as metadata. It counts the store's log and not the
 * partition; so whoever loses the topics loses it with them, and everything is mirrored again.
 *
 * <p>Consumer groups whose names begin with {@code confab.} are Confab's own: nobody else sets or
 * joins them.
 */
@NullMarked
package io.confab.kafka;

import org.jspecify.annotations.NullMarked;
