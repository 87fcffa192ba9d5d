/**
 * What people read, over REST: the views and the log.
 *
 * <p>Each answer about a conversation is at least as new as the conversation's log was when the
 * request came in: whoever got an acknowledgement reads what it acknowledged, and a removed member
 * reads nothing more. Where the views do not catch up in time the answer is {@code unavailable},
 * never an older state.
 *
 * <p>Beside the data directory's other parts it keeps one file, {@code audit/audit.ndjson}: one
 * line for each read that was allowed by a role and not by membership.
 */
@NullMarked
package io.confab.query;

import org.jspecify.annotations.NullMarked;
