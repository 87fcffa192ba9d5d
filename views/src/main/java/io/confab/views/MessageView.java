package io.confab.views;

import io.confab.events.Attachment;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message of the main view, or a reply of a thread.
 *
 * @param ordinal the n-th message of the main view, from 1; 0 for a reply
 * @param root the sequence of the thread's first message; null for a message of the main view
 * @param body empty where deleted; so are mentions, attachments and reactions
 * @param replyCount replies that are not deleted; the thread shows those that are, too
 * @param lastReplyAt the time of the last reply, deleted or not; null where replyCount is 0
 * @param reactions emoji to the number of people who reacted so, without zeroes
 */
public record MessageView(
    String conversation,
    long sequence,
    long ordinal,
    @Nullable Long root,
    String by,
    Instant at,
    String body,
    @Nullable String clientMessageId,
    List<String> mentions,
    List<Attachment> attachments,
    int replyCount,
    @Nullable Instant lastReplyAt,
    Map<String, Integer> reactions,
    @Nullable Instant editedAt,
    boolean deleted,
    boolean pinned) {}
