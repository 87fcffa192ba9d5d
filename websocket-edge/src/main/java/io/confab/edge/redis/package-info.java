/**
 * The way to Redis: a cluster, or one server in cluster mode. Nothing here is durable, and nobody
 * waits for it, but for the first use, 10 s at most: every command fails within the configured
 * timeout, at once while disconnected.
 *
 * <p>spring-data-redis configures and owns the client and holds the scripts; commands and sharded
 * pub/sub, which it does not have, go to Lettuce directly, pipelined.
 */
@NullMarked
package io.confab.edge.redis;

import org.jspecify.annotations.NullMarked;
