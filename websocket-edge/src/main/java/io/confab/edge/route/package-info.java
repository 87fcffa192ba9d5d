/**
 * Events on their way to the edges that need them, where partitions are of no use: a chat's events
 * to the edges of its members, and who joins or leaves a channel to the edges of those concerned.
 *
 * <p>The routers are a consumer group, {@code confab.router}, which shares the partitions of both
 * topics; each process that makes the views runs one, and no edge does, so that an edge reads of
 * Kafka only what its users have a part in. Nothing is kept but the group's offsets. In Redis:
 *
 * <ul>
 *   <li>{@code confab:edges:{b}:U}, a hash: for each edge that has sessions of the user U, until
 *       when that counts, in ms since 1970 by the edges' clocks. Lives for 15 s
 *   <li>{@code confab:joins:{b}:U}, a sorted set: what U was added to, by when that was. Lives for
 *       120 s
 *   <li>{@code confab:edge:{E}}, a sharded channel: the events for an edge, as {@link
 *       io.confab.edge.route.RoutedEvent} has it
 * </ul>
 *
 * What is lost in Redis is found by the edges, which compare the heads of their conversations and
 * list the conversations of their users.
 */
@NullMarked
package io.confab.edge.route;

import org.jspecify.annotations.NullMarked;
