package io.confab.services;

import io.confab.query.InboxFreshness;
import java.time.Duration;

/**
 * Does not wait. Over many processes there is no one position of the log to compare with, so the
 * inbox and the list of a user's conversations may be behind it by as much as the projections are.
 * What is asked about one conversation is compared with that conversation's head, here as anywhere.
 */
final class EventualInbox implements InboxFreshness {

  @Override
  public boolean awaitCurrent(Duration timeout) {
    return true;
  }
}
