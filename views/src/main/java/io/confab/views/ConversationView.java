package io.confab.views;

import io.confab.events.Kind;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A conversation's summary.
 *
 * @param head the last sequence applied to this view
 * @param messageCount how many messages of the main view were ever sent, deleted ones included: the
 *     last one's ordinal
 * @param lastMessage the last message of the main view, null where there is none
 */
public record ConversationView(
    String conversation,
    Kind kind,
    @Nullable String title,
    long head,
    int memberCount,
    long messageCount,
    @Nullable LastMessage lastMessage,
    Instant startedAt,
    Instant lastEventAt) {

  /**
   * @param body the first 200 characters; empty where the message is deleted
   */
  public record LastMessage(long sequence, String by, Instant at, String body, boolean deleted) {}
}
